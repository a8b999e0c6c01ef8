{# Which run of dbt was the last to write. What a refresh may leave alone is what stands as the last build left it (signalhouse/selection.py):
   DuckDB's files tell when they were written to; on BigQuery each run says so before it writes anything. #}
{% macro note_writer() %}{{ return(adapter.dispatch('note_writer', 'signalhouse')()) }}{% endmacro %}
{% macro default__note_writer() %}{% endmacro %}
{% macro bigquery__note_writer() %}
    {%- if execute and not compiling_offline() and flags.WHICH not in ('compile', 'generate', 'test') -%}
    create or replace table {{ touched_log().incorporate(path={'identifier': 'last_writer'}) }} as select '{{ invocation_id }}' as invocation_id
    {%- endif -%}
{% endmacro %}
