{# Data tests of a table whose days are replaced. `where: touched days` in the config of a test leaves out the days that stand as the
   last published release has them, where they were tested: a test that looks at one row, or at the rows of one day, cannot come out
   otherwise there. What has to hold across days has no such `where`. More conditions follow with `and`.

   Which days those are, the log says that is written with the table itself (touched.sql). A table that was built whole is tested
   whole, and so is everything under `dbt test`. Where a table requires its day, a test of all days says that it means all. #}

{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') or '' -%}
    {%- set more = where[('touched days and ' | length):] if is_of_touched_days() else where -%}
    {%- set conditions = [in_tested_days() or on_required_day(), '(' ~ more ~ ')' if more] | select | join(' and ') -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ conditions ~ ')' if conditions else relation) }}
{%- endmacro %}

{# The touched days as a condition, for the other table of a test that compares two `by` columns. Where all days are meant it is empty, or
   says so to an engine that has tables which require it: the other may be one. #}
{% macro on_touched_days(by=none) %}
    {%- if not execute or not is_of_touched_days() -%}{{ return('') }}{%- endif -%}
    {%- if by is not none and day_of_tested() not in by -%}
        {{ exceptions.raise_compiler_error('two tables are compared on touched days by day: add ' ~ day_of_tested() ~ ' to `by`') }}
    {%- endif -%}
    {{ return(in_tested_days() or (on_any_day(day_of_tested()) if day_required() else '')) }}
{% endmacro %}

{# Empty where all days are tested. #}
{% macro in_tested_days() %}
    {%- set days = tested_days() if is_of_touched_days() else none -%}
    {{ return('' if days is none else in_days(day_of_tested(), days)) }}
{% endmacro %}

{% macro day_of_tested() %}{{ return(graph.nodes[model.attached_node].config.meta.day) }}{% endmacro %}

{# Any day, where the tested table requires one; else empty. #}
{% macro on_required_day() %}
    {%- set tested = graph.nodes.get(model.attached_node) if execute -%}
    {{ return(on_any_day(day_of_tested()) if tested and tested.config.get('require_partition_filter') else '') }}
{% endmacro %}

{# Days of the tested table, and of others that a test compares it with, that are new since the last published release; none where all of
   them are to be tested. A table that is made whole of one that is replaced by day (meta.follows) can come out otherwise where that one
   did: the macro of meta.days says which of its own days these are. #}
{% macro tested_days(and_of=[]) %}
    {%- if not execute or flags.WHICH != 'build' or flags.FULL_REFRESH or compiling_offline() -%}{{ return(none) }}{%- endif -%}
    {%- set tested = graph.nodes[model.attached_node] -%}
    {%- set meta = tested.config.meta -%}
    {%- set names = [meta.follows or tested.name] + and_of -%}
    {%- set logged = run_query(
        'select distinct day from ' ~ touched_log() ~ " where model_name in ('" ~ names | join("', '") ~ "') and batch_id > " ~ published_batch()) -%}
    {%- set days = [] -%}
    {%- for row in logged.rows -%}
        {%- if row[0] is none -%}{{ return(none) }}{%- endif -%}
        {%- do days.append(day_text(row[0])) -%}
    {%- endfor -%}
    {%- set days = days | sort -%}
    {{ return(context[meta['days']](days) if meta.follows else days) }}
{% endmacro %}

{% macro is_of_touched_days() %}{{ return((config.get('where') or '').startswith('touched days')) }}{% endmacro %}
