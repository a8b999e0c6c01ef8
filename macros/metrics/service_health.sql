{# Figures of a service are added as whole numbers (microseconds, millionths): sums of floats depend on the order of the rows, and
   a refresh would then differ from a rebuild in the last digit. A figure that is no number becomes null. #}
{% macro in_whole(value, parts) -%}
    {{ dbt.safe_cast('round(' ~ value ~ ' * ' ~ parts ~ ')', type_bigint()) }}
{%- endmacro %}

{# What a bucket counted between two of its minutes, evenly: in whole numbers, and parts that follow each other add up to it. #}
{% macro part_of_bucket(counted, minutes_before, minutes_by_end, bucket_minutes) -%}
    {{ whole_quotient(counted ~ ' * ' ~ minutes_by_end, bucket_minutes) }} - {{ whole_quotient(counted ~ ' * ' ~ minutes_before, bucket_minutes) }}
{%- endmacro %}

{# The mean of whole numbers weighted by whole numbers, over the rows that have both; the plain mean when all weights are 0 or
   missing. Weighting latency quantiles by requests gives a mean of quantiles, not the quantile of the whole. #}
{% macro weighted_mean(whole, weight, parts) -%}
    coalesce(
        cast(sum({{ whole }} * {{ weight }}) as {{ type_double() }})
        / nullif(cast(sum(case when {{ whole }} is not null then {{ weight }} end) as {{ type_double() }}), 0),
        cast(sum({{ whole }}) as {{ type_double() }}) / nullif(cast(count({{ whole }}) as {{ type_double() }}), 0)
    ) / {{ parts }}
{%- endmacro %}

{# Apdex (Apdex Alliance, 2007): satisfied up to T, tolerating up to 4 T, frustrated beyond; an error frustrates at any speed. #}
{% macro apdex_t_us() %}{{ return((var('apdex_t_seconds') * 1000000) | round | int) }}{% endmacro %}
{% macro is_apdex_satisfied(duration_us, is_failed) %}not {{ is_failed }} and {{ duration_us }} <= {{ apdex_t_us() }}{% endmacro %}
{% macro is_apdex_tolerating(duration_us, is_failed) -%}
    not {{ is_failed }} and {{ duration_us }} > {{ apdex_t_us() }} and {{ duration_us }} <= {{ 4 * apdex_t_us() }}
{%- endmacro %}
{% macro apdex(satisfied, tolerating, total) -%}
    {{ rate('(' ~ satisfied ~ ' + ' ~ tolerating ~ ' / 2.0)', total) }}
{%- endmacro %}

{# Share of the time without an incident that harms. #}
{% macro availability(downtime_seconds, seconds) -%}
    {{ rate('(' ~ seconds ~ ' - ' ~ downtime_seconds ~ ')', seconds) }}
{%- endmacro %}

{# The value of a tag in a text of the form ,tag:value,tag:value, #}
{% macro tag_value(text, tag) -%}
    nullif({{ dbt.split_part(dbt.split_part(text, "'," ~ tag ~ ":'", 2), "','", 1) }}, '')
{%- endmacro %}

{# Names under which production goes, as a list in SQL. #}
{% macro production_environments() %}{{ return("('" ~ var('production_environments') | join("', '") ~ "')") }}{% endmacro %}

{# Place of a tool in a list of preference; who is not listed comes last. #}
{% macro preference(source, names) -%}
    case {{ source }}{% for name in names %} when '{{ name }}' then {{ loop.index }}{% endfor %} else {{ names | length + 1 }} end
{%- endmacro %}

{# sev1 (worst) to sev5, however it is written: SEV-1, sev 1. Another word stands as it is, and has no level. #}
{% macro severity_word(severity) -%}
    {%- set word = 'lower(trim(' ~ severity ~ '))' -%}
    {%- set plain = "replace(replace(replace(" ~ word ~ ", '-', ''), '_', ''), ' ', '')" -%}
    case when {{ plain }} in ('sev1', 'sev2', 'sev3', 'sev4', 'sev5') then {{ plain }} else {{ word }} end
{%- endmacro %}
