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

{# Used again: on a later day, at most 28 days after the first. #}
{% macro is_repeat_use(first_used_on, used_again_on) -%}
    coalesce({{ used_again_on }} <= {{ add_days(first_used_on, repeat_use_days()) }}, false)
{%- endmacro %}

{% macro repeat_use_days() %}{{ return(28) }}{% endmacro %}
