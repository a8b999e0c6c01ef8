{# What New Relic says of failures, for the two mappings that need it. #}
{% macro newrelic_has_failed() %}coalesce(is_error, http_status >= 500, false){% endmacro %}

{# Traces whose errors are all ones that the company expects. #}
{% macro newrelic_expected_traces() -%}
    select trace_id
    from {{ ref('raw_newrelic__transaction_error') }}
    where record_status = 'loaded'
        and trace_id is not null
    group by trace_id
    having {{ count_where('not is_expected') }} = 0
{%- endmacro %}

{# Days of map_newrelic__failed_trace that change: those of transactions that changed, and those of a trace whose verdict is another
   than the one that stands. #}
{% macro failed_trace_days() %}
    {%- set days = touched_days(['raw_newrelic__transaction']) -%}
    {%- if not execute or compiling_offline() -%}{{ return(days) }}{%- endif -%}
    {%- set judged_otherwise = days_from(
        'select distinct standing.event_date from ' ~ this ~ ' as standing left join (' ~ newrelic_expected_traces()
        ~ ') as expected on standing.trace_id = expected.trace_id where standing.is_expected <> (expected.trace_id is not null)') -%}
    {{ return(both(days, judged_otherwise)) }}
{% endmacro %}
