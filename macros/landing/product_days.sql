{# Days and weeks of the product's counted tables, which follow from more than one day of what they count. #}

{# A day tells how long until somebody is active again, 27 days at most. #}
{% macro activity_gap_days() %}
    {{ return(days_around(touched_days(['fct_person_day', 'fct_account_day']), 27, 0)) }}
{% endmacro %}

{# Weeks, by their Mondays: those of changed days, and those that stand otherwise than they would be made now, because as_of has moved,
   a feature came or went, or became available on another day. #}
{% macro feature_use_weeks() %}
    {%- set changed = touched_days(['fct_person_day', 'fct_account_day', 'fct_person_feature_day', 'fct_account_feature_day']) -%}
    {%- set columns = 'feature, week_start, available_from, counted_to' -%}
    {%- set otherwise -%}
        select week_start from (
            select {{ columns }} from {{ this }} except distinct select {{ columns }} from ({{ weeks_of_features() }}) as asked
        ) as stands
        union distinct
        select week_start from (
            select {{ columns }} from ({{ weeks_of_features() }}) as asked except distinct select {{ columns }} from {{ this }}
        ) as comes
    {%- endset -%}
    {{ return(both(mondays_of(changed), days_from(otherwise))) }}
{% endmacro %}
