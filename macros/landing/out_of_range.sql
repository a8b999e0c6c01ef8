{# Whether an event claims to have happened over a day after it was received: its clock is wrong, so it counts nowhere. Without a receive
   clock nobody can tell. #}
{% macro is_out_of_range(occurred_at, received_at) -%}
    coalesce({{ microseconds_between(received_at, occurred_at) }} > 86400000000, false)
{%- endmacro %}

{# The day of a record, in the reporting zone: the one it happened on. Where its clock is wrong, the one it was received on: what it claims
   may be any day, each of which a refresh would replace, with the weeks around it, for nothing (of ten million events, 45 of 47 days). #}
{% macro event_day(occurred_at, received_at) -%}
    {{ reporting_day('case when ' ~ is_out_of_range(occurred_at, received_at) ~ ' then ' ~ received_at ~ ' else ' ~ occurred_at ~ ' end') }}
{%- endmacro %}
