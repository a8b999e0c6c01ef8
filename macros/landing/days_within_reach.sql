{# Days and weeks of tables whose rows follow from more than one day of what they count. #}

{# A day tells how long until somebody is active again, 27 days at most. #}
{% macro activity_gap_days() %}
    {{ return(days_around(touched_days(['fct_person_day', 'fct_account_day']), 27, 0)) }}
{% endmacro %}

{# Days whose counts look back on these, in the four weeks that end with each. #}
{% macro days_counting(days) %}{{ return(days_around(days, 0, 27)) }}{% endmacro %}

{# Days of sign-up whose activation may come out otherwise: those from which a changed day can be reached within the window, and those of
   sign-ups that are new, gone or moved, or have been counted up to another day. #}
{% macro activation_days() %}
    {%- set changed = touched_days(['fct_activation_event', 'dim_actor']) -%}
    {%- set otherwise = changed_keys(this, '(' ~ sign_ups() ~ ')', 'signed_up_on', 'unit, unit_id, signed_up_at, signed_up_on, counted_to') -%}
    {{ return(both(days_around(changed, activation_reach(), 0), days_from(otherwise))) }}
{% endmacro %}

{# How far the longest window may reach (days_reached), as a number. #}
{% macro activation_reach() %}
    {%- if not execute or compiling_offline() -%}{{ return(15) }}{%- endif -%}
    {{ return(run_query('select ' ~ days_reached('max(within_days)') ~ ' from ' ~ ref('activation_criteria')).rows[0][0] | int) }}
{% endmacro %}

{# Weeks, by their Mondays: those of changed days, and those that stand otherwise than they would be made now, because as_of has moved,
   a feature came or went, or became available on another day. #}
{% macro feature_use_weeks() %}
    {%- set changed = touched_days(['fct_person_day', 'fct_account_day', 'fct_person_feature_day', 'fct_account_feature_day']) -%}
    {%- set otherwise = changed_keys(
        this, '(' ~ weeks_of_features() ~ ')', 'week_start', 'feature, week_start, available_from, counted_to') -%}
    {{ return(both(mondays_of(changed), days_from(otherwise))) }}
{% endmacro %}

{# Days zero whose comparisons may come out otherwise: those within reach of a changed day or of another intervention that changed, and
   those that have more comparisons now than stand, or fewer, because as_of has moved. #}
{% macro compared_days() %}
    {%- set used = touched_days(['fct_account_feature_day', 'account_session_day']) -%}
    {%- set picked = touched_days(['bridge_intervention_account']) -%}
    {%- set before = impact_days_before() -%}
    {%- set near = both(
        days_around(used, impact_days_after(), before),
        days_around(picked, impact_days_after(), before + impact_days_of_harm())) -%}
    {%- set ended -%}
        select picked.day_zero, comparison.comparison, cast(comparison.horizon_days as {{ type_bigint() }}) as horizon_days
        from (select distinct day_zero, days_shifted from {{ ref('bridge_intervention_account') }}) as picked
        inner join ({{ impact_comparisons() }}) as comparison on picked.days_shifted = comparison.days_shifted
        inner join {{ ref('dim_as_of') }} as as_of on {{ add_days('picked.day_zero', 'comparison.after_last') }} <= as_of.as_of
    {%- endset -%}
    {%- set otherwise = changed_keys(this, '(' ~ ended ~ ')', 'day_zero', 'day_zero, comparison, horizon_days') -%}
    {{ return(both(near, days_from(otherwise))) }}
{% endmacro %}

{# Days zero of comparisons whose accounts changed. #}
{% macro estimated_days() %}{{ return(touched_days(['fct_intervention_account_change'])) }}{% endmacro %}

{# Four weeks, by their Mondays, in which a day changed: of actors, of links between their ids, of use. #}
{% macro actor_periods() %}{{ return(periods_of(touched_days(['fct_actor_day']))) }}{% endmacro %}
{% macro identity_link_periods() %}{{ return(periods_of(touched_days(['fct_identity_link_day']))) }}{% endmacro %}
{% macro feature_use_periods() %}{{ return(periods_of(touched_days(['fct_person_feature_day', 'fct_account_feature_day']))) }}{% endmacro %}

{# Days of start whose retention may come out otherwise: those from which a changed day of activity can be reached within the longest
   window, and those of starts that are new, gone or moved, or have been looked at up to another day. #}
{% macro retention_start_days() %}
    {%- set active = touched_days(['fct_person_day', 'fct_account_day']) -%}
    {%- set otherwise = changed_keys(
        this, '(' ~ retention_starts() ~ ')', 'started_on', 'unit, unit_id, cohort_of, started_on, counted_to') -%}
    {{ return(both(days_around(active, retention_reach(), 0), days_from(otherwise))) }}
{% endmacro %}

{# The first days of the days, weeks and months in which these lie. #}
{% macro cohort_starts(days) %}
    {%- set months = [] -%}
    {%- for day in days -%}{%- do months.append(day[:8] ~ '01') -%}{%- endfor -%}
    {{ return(both(both(days, mondays_of(days)), months)) }}
{% endmacro %}
