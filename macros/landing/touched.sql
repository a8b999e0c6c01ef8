{# How a refresh knows what to recompute.

   `raw.touched_day` is a log: which days of which table changed in which batch. Core models follow what it says of raw ones, tests what
   it says of the table they test. It is written in the same transaction that changes the table, so a kill leaves both or neither. A batch
   counts as new until a release that holds it has been published; a refused or killed build is therefore recomputed, not trusted. #}

{% macro touched_log() %}{{ return(api.Relation.create(database=target.database, schema='raw', identifier='touched_day')) }}{% endmacro %}

{% macro create_touched_log() %}
    {%- if execute and not compiling_offline() and flags.WHICH in ('build', 'run', 'seed', 'test') -%}
        {%- do adapter.create_schema(touched_log().without_identifier()) -%}
        create table if not exists {{ touched_log() }} (model_name {{ type_string() }}, day date, batch_id {{ type_bigint() }})
    {%- endif -%}
{% endmacro %}

{# What a published release holds is never asked for again: a log that kept it would grow with history, and be read whole by whoever asks. #}
{% macro forget_published_days() %}
    {%- if execute and not compiling_offline() and flags.WHICH in ('build', 'run') -%}
        {%- set published = run_query('select ' ~ published_batch() ~ ' as published').rows[0][0] -%}
        {{ delete_rows(touched_log(), 'batch_id <= ' ~ published) }}
    {%- endif -%}
{% endmacro %}

{% macro compiling_offline() %}{{ return(var('compile_as', none) is not none) }}{% endmacro %}

{# The last batch that a published release holds; 0 before the first. #}
{% macro published_batch() -%}
    (select coalesce(max(published_batch), 0) from {{ source('ops', 'release') }})
{%- endmacro %}

{% macro newest_batch() -%}
    (select coalesce(max(batch_id), 0) from {{ source('ops', 'batch') }})
{%- endmacro %}

{# The batch in which a change is logged. It may come without one, as as_of moves on or with a model that is built by hand; so that whoever
   reads the changed table still sees its days, they count as those of the next one. #}
{% macro batch_of_change() %}greatest({{ newest_batch() }}, {{ published_batch() }} + 1){% endmacro %}

{# A date as an engine's client hands it over. #}
{% macro day_text(day) %}{{ return(day | string | truncate(10, true, '')) }}{% endmacro %}

{# First column of a query as a list of day strings; a fixed pair when compiled without a connection. With `each_row_has_one` a row
   without a day is an error: it belongs to no day, so no refresh would replace it and no test of touched days would see it. #}
{% macro days_from(sql, each_row_has_one=false) %}
    {%- if not execute or compiling_offline() -%}{{ return(['2026-01-01', '2026-01-02']) }}{%- endif -%}
    {%- set days = [] -%}
    {%- for row in run_query(sql).rows -%}
        {%- if row[0] is not none -%}{%- do days.append(day_text(row[0])) -%}
        {%- elif each_row_has_one -%}{{ exceptions.raise_compiler_error(model.name ~ ' wrote a row without a day') }}{%- endif -%}
    {%- endfor -%}
    {{ return(days | sort) }}
{% endmacro %}

{# None is a day that nobody has. #}
{% macro in_listed_days(column, days) -%}
    {%- if days | length == 0 -%}
        {{ column }} in ({{ date_literal('0001-01-01') }})
    {%- else -%}
        {{ column }} in ({% for day in days %}{{ date_literal(day) }}{% if not loop.last %}, {% endif %}{% endfor %})
    {%- endif -%}
{%- endmacro %}

{# The last days up to as_of, as many as asked for; none where no day is complete. Literals, for windows that have a fixed length. #}
{% macro days_up_to_as_of(count) %}
    {#- `dbt compile` and `dbt docs generate` may come before the first build -#}
    {%- if execute and not compiling_offline() and load_relation(ref('dim_as_of')) is none -%}{{ return([]) }}{%- endif -%}
    {{ return(days_around(days_from('select as_of as last_day from ' ~ ref('dim_as_of')), count - 1, 0)) }}
{% endmacro %}

{# The days that changed in these models since the last published release. A table that was rebuilt whole (day is null in the log)
   touches every day it speaks of. #}
{% macro touched_days(models) %}
    {%- if not execute or compiling_offline() -%}{{ return(days_from('')) }}{%- endif -%}
    {%- set names = [] -%}
    {%- for name in models -%}{%- do names.append("'" ~ name ~ "'") -%}{%- endfor -%}
    {%- if names | length == 0 -%}{{ return([]) }}{%- endif -%}
    {%- set log -%}
        select distinct day as touched_day, case when day is null then model_name end as rebuilt_model
        from {{ touched_log() }} where model_name in ({{ names | join(', ') }}) and batch_id > {{ published_batch() }}
    {%- endset -%}
    {%- set days = [] -%}
    {%- for day, rebuilt_model in run_query(log).rows -%}
        {%- if day is not none -%}{%- do days.append(day_text(day)) -%}
        {%- else -%}
            {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ rebuilt_model] -%}
            {%- set table = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
            {%- do days.extend(days_from(days_spoken_of(table, node.config.meta))) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(days | unique | sort) }}
{% endmacro %}

{# Days that one list or the other names, each once and in order. #}
{% macro both(days, more) %}{{ return((days + more) | unique | sort) }}{% endmacro %}

{# The days that rows of a table speak of, as a query: their own day, or, where a row may speak of other days than that
   (meta.speaks_of names the columns of the first and the last of them), all of these. Rows that have no day speak of those that the query
   of meta.days_of says. #}
{% macro days_spoken_of(table, meta, where=none) %}
    {%- if 'days_of' in meta -%}{{ return('select distinct event_date from (' ~ context[meta['days_of']]() ~ ') as days') }}{%- endif -%}
    {%- set rows = table ~ ' where ' ~ (where or on_any_day(meta['day'])) -%}
    {%- if 'speaks_of' not in meta -%}{{ return('select distinct ' ~ meta['day'] ~ ' from ' ~ rows) }}{%- endif -%}
    {%- set first, last = meta['speaks_of'] -%}
    {{ return(
        'select distinct spoken_day from (select distinct ' ~ first ~ ' as first_day, ' ~ last ~ ' as last_day from ' ~ rows ~ ') as spans '
        ~ cross_join_days('first_day', 'last_day', 'spoken_day')
    ) }}
{% endmacro %}

{# Raw models that keep what landed by day, and so may keep what landing has lost. #}
{% macro day_logs() %}
    {%- set logs = event_logs() -%}
    {%- for vendor in var('sources') if vendor in var('measurement_logs') -%}
        {%- do logs.append(var('measurement_logs')[vendor]) -%}
    {%- endfor -%}
    {{ return(logs) }}
{% endmacro %}

{# Days of them that changed since the last published release. #}
{% macro log_days() %}{{ return(touched_days(day_logs())) }}{% endmacro %}

{# Raw models whose days feed fct_event. #}
{% macro event_logs() %}
    {%- set logs = [] -%}
    {%- for vendor in var('mappings')['event'] if vendor in var('sources') -%}
        {%- do logs.append(var('event_logs')[vendor]) -%}
    {%- endfor -%}
    {{ return(logs) }}
{% endmacro %}
