{# Seconds from one moment of a case to another; null while either is missing, and null where the clock runs backwards: a reply
   from before the question is an error of the source, not a quick reply. #}
{% macro case_seconds(earlier, later) -%}
    case when {{ later }} >= {{ earlier }} then {{ seconds_between(earlier, later) }} end
{%- endmacro %}

{# Support: in calendar time. #}
{% macro first_reply_seconds(created_at, first_replied_at) %}{{ case_seconds(created_at, first_replied_at) }}{% endmacro %}
{% macro resolution_seconds(created_at, solved_at) %}{{ case_seconds(created_at, solved_at) }}{% endmacro %}

{# Incidents. Somebody can only take an incident after it was noticed, so the time to acknowledge runs from there. #}
{% macro time_to_detect_seconds(started_at, detected_at) %}{{ case_seconds(started_at, detected_at) }}{% endmacro %}
{% macro time_to_acknowledge_seconds(started_at, detected_at, acknowledged_at) %}{{ case_seconds('coalesce(' ~ detected_at ~ ', ' ~ started_at ~ ')', acknowledged_at) }}{% endmacro %}
{% macro time_to_restore_seconds(started_at, harm_ended_at) %}{{ case_seconds(started_at, harm_ended_at) }}{% endmacro %}
{% macro time_to_resolve_seconds(started_at, resolved_at) %}{{ case_seconds(started_at, resolved_at) }}{% endmacro %}

{# Delivery: from the oldest commit in a deployment to its end. #}
{% macro lead_time_seconds(committed_at, finished_at) %}{{ case_seconds(committed_at, finished_at) }}{% endmacro %}
