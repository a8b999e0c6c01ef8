{# Solved with at most one public reply and never opened again; null where the history is not known. #}
{% macro is_one_touch(reopen_count, agent_reply_count) -%}
    ({{ reopen_count }} = 0 and {{ agent_reply_count }} <= 1)
{%- endmacro %}

{# A promise is kept when what it is about took no longer, and broken as soon as it takes longer, even if it is not over yet. What is
   not over and within its time is neither. Where the tool gives no target, its own verdict stands. #}
{% macro sla_met(target_seconds, lasted_seconds, is_running, is_met_at_source) -%}
    case
        when {{ target_seconds }} is null then {{ is_met_at_source }}
        when {{ lasted_seconds }} > {{ target_seconds }} then false
        when {{ lasted_seconds }} <= {{ target_seconds }} and not {{ is_running }} then true
    end
{%- endmacro %}
