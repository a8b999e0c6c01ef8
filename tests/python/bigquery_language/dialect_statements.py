"""What the macros of macros/dialect/statements say to each engine."""

from __future__ import annotations

from dataclasses import dataclass

from .dialect_cases import Case


@dataclass(frozen=True)
class Said:
    """A call in Jinja, and the text it must become on each engine; white space counts as one space."""

    name: str
    query: str
    duckdb: str
    bigquery: str

    @property
    def case(self) -> Case:
        """It, to be rendered as the cases with a value are."""
        return Case(self.name, self.query, [])


TABLE = "api.Relation.create(database='p', schema='d', identifier='t')"

STATEMENTS = [
    Said(
        "delete_rows",
        f"{{{{ delete_rows({TABLE}, 'k > 1') }}}}",
        'delete from "p"."d"."t" where k > 1',
        "merge into `p`.`d`.`t` as standing using (select 1 as nothing) as nothing on false"
        " when not matched by source and k > 1 then delete",
    ),
    Said(
        "remember_patterns",
        f"{{{{ remember_patterns({TABLE}, 'pattern') }}}}",
        "set variable any_pattern = (select string_agg('(?:' || pattern || ')', '|') from \"p\".\"d\".\"t\")",
        "",
    ),
    Said("forget_patterns", "{{ forget_patterns() }}", "reset variable any_pattern", ""),
    Said(
        "may_match",
        "select {{ may_match('x') }} as v from (select 'bot@x' as x union all select 'ann@x' union all select null) as given order by x nulls last",
        "select coalesce(regexp_matches(x, cast(getvariable('any_pattern') as varchar)), true) as v"
        " from (select 'bot@x' as x union all select 'ann@x' union all select null) as given order by x nulls last",
        "select true as v from (select 'bot@x' as x union all select 'ann@x' union all select null) as given order by x nulls last",
    ),
    Said("replaced_by_day", "{{ replaced_by_day() }}", "replaced_by_day", "insert_overwrite"),
    Said("replaced_where_changed", "{{ replaced_where_changed() }}", "replaced_where_changed", "merge"),
    Said(
        "by_day",
        "{{ by_day('event_date') }}",
        "None",
        "{'field': 'event_date', 'data_type': 'date', 'granularity': 'day'}",
    ),
    # Whoever queries the table without its day is refused, where a query is billed.
    Said("day_required", "{{ day_required() }}", "None", "True"),
    Said("generate_schema_name of a layer", "{{ generate_schema_name(' mart ', none) }}", "mart", "mart"),
    Said("generate_schema_name of none", "{{ generate_schema_name(none, none) }}", "core", "core"),
]

# Macros that need a run of dbt to say anything: the tables of other runs, or what a slice holds. test_bigquery_language has every
# statement that they make in a run of the project analysed, and tests/python/test_replay*.py has DuckDB execute them.
IN_A_RUN = {
    "within_standing_days",
    "loaded_since_release",
    "make_slice",
    "note_writer",
    "bq_generate_incremental_insert_overwrite_build_sql",
    "bq_generate_incremental_merge_build_sql",
}
