{# The windows in which retention is measured, in whole days after the start (day 0): on day N (bounded), within [N, N + 90]
   (unbounded), and within brackets. #}
{% macro retention_windows() %}
    {%- set windows = [] -%}
    {%- for day in var('retention_days') -%}
        {%- do windows.append({'measure': 'bounded', 'from_day': day, 'to_day': day}) -%}
    {%- endfor -%}
    {%- for day in var('retention_days') -%}
        {%- do windows.append({'measure': 'unbounded', 'from_day': day, 'to_day': day + var('retention_unbounded_days')}) -%}
    {%- endfor -%}
    {%- for bracket in var('retention_brackets') -%}
        {%- do windows.append({'measure': 'bracket', 'from_day': bracket[0], 'to_day': bracket[1]}) -%}
    {%- endfor -%}
    {%- if windows | length > 62 -%}
        {{ exceptions.raise_compiler_error('retention has a bit for each window, so there can be 62 of them') }}
    {%- endif -%}
    {{ return(windows) }}
{% endmacro %}

{# The last day of the last window. #}
{% macro retention_reach() %}{{ return(retention_windows() | map(attribute='to_day') | max) }}{% endmacro %}

{# Who started what by as_of, and up to which day they are looked at. #}
{% macro retention_starts() -%}
    select
        starts.unit,
        starts.unit_id,
        starts.cohort_of,
        starts.started_on,
        least({{ add_days('starts.started_on', retention_reach()) }}, as_of.as_of) as counted_to
    from (
        select unit, unit_id, 'sign_up' as cohort_of, signed_up_on as started_on from {{ ref('fct_activation') }}
        union all
        select unit, unit_id, 'feature:' || feature as cohort_of, first_used_on as started_on from {{ ref('fct_feature_adopter') }}
    ) as starts
    cross join {{ ref('dim_as_of') }} as as_of
{%- endmacro %}

{# Used again: on a later day, at most 28 days after the first. #}
{% macro is_repeat_use(first_used_on, used_again_on) -%}
    coalesce({{ used_again_on }} <= {{ add_days(first_used_on, repeat_use_days()) }}, false)
{%- endmacro %}

{% macro repeat_use_days() %}{{ return(28) }}{% endmacro %}
