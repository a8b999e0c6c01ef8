{# One row per whole number from 0 to `last`, as column `name`. #}
{% macro cross_join_counter(last, name) %}{{ return(adapter.dispatch('cross_join_counter', 'signalhouse')(last, name)) }}{% endmacro %}
{% macro default__cross_join_counter(last, name) %}cross join lateral (select unnest(generate_series(0, {{ last }})) as {{ name }}) as {{ name }}_series{% endmacro %}
{% macro bigquery__cross_join_counter(last, name) %}cross join unnest(generate_array(0, {{ last }})) as {{ name }}{% endmacro %}

{# Whole-number division, rounded down, of numbers that are not negative; by zero it is null. #}
{% macro whole_quotient(dividend, divisor) %}{{ return(adapter.dispatch('whole_quotient', 'signalhouse')(dividend, divisor)) }}{% endmacro %}
{% macro default__whole_quotient(dividend, divisor) %}({{ dividend }}) // ({{ divisor }}){% endmacro %}
{% macro bigquery__whole_quotient(dividend, divisor) -%}
    div({{ dividend }}, {% if divisor | int == 0 %}nullif({{ divisor }}, 0){% else %}{{ divisor }}{% endif %})
{%- endmacro %}

{# The start of the hour, in UTC. #}
{% macro hour_start(moment) %}{{ return(adapter.dispatch('hour_start', 'signalhouse')(moment)) }}{% endmacro %}
{% macro default__hour_start(moment) %}date_trunc('hour', {{ moment }}){% endmacro %}
{% macro bigquery__hour_start(moment) %}timestamp_trunc({{ moment }}, hour){% endmacro %}
