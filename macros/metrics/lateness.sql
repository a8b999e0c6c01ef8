{# How long after it happened an event was received, in steps: counts by step add up over days, quantiles do not. Seconds. #}
{% macro delay_steps() %}
    {{ return([1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200, 86400, 172800, 259200, 604800, 1209600, 2592000, 5184000, 31536000]) }}
{% endmacro %}

{# The step a delay falls into, named by its upper end; what is longer than a year ends in a step of a hundred years. #}
{% macro delay_step(seconds) -%}
    case
        {%- for step in delay_steps() %}
        when {{ seconds }} <= {{ step }} then {{ step }}
        {%- endfor %}
        else 3153600000
    end
{%- endmacro %}

{# The longest delay among the `percent` quickest events, exact to the step it falls into. `running` counts events up to and with
   the row's step, `total` all of them, `longest` is the longest delay so far. #}
{% macro delay_quantile(percent, running, total, longest) -%}
    min(case when {{ running }} * 100 >= {{ total }} * {{ percent }} then {{ longest }} end)
{%- endmacro %}

{# The last day that is complete once something received at `newest_received_at` is in. #}
{% macro complete_to(newest_received_at) -%}
    {{ add_days(reporting_day(add_seconds(newest_received_at, '-' ~ var('settle_hours') * 3600)), -1) }}
{%- endmacro %}
