{# The last day of a month, or as_of where the month is still running. #}
{% macro month_end(month, as_of) -%}
    case
        when {{ add_days(add_months(month, 1), -1) }} < {{ as_of }} then {{ add_days(add_months(month, 1), -1) }}
        else {{ as_of }}
    end
{%- endmacro %}
