{# How an account stands by the days since its last value event: never active, active, at risk or inactive, by var inactivity_days. #}
{% macro activity_state(days_inactive) -%}
    case
        when {{ days_inactive }} is null then 'never active'
        when {{ days_inactive }} >= {{ var('inactivity_days')[1] }} then 'inactive'
        when {{ days_inactive }} >= {{ var('inactivity_days')[0] }} then 'at risk'
        else 'active'
    end
{%- endmacro %}
