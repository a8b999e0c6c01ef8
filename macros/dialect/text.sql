{% macro matches(text, pattern) %}{{ return(adapter.dispatch('matches', 'signalhouse')(text, pattern)) }}{% endmacro %}
{% macro default__matches(text, pattern) %}regexp_matches({{ text }}, {{ pattern }}){% endmacro %}
{% macro bigquery__matches(text, pattern) %}regexp_contains({{ text }}, {{ pattern }}){% endmacro %}

{# False where none of the patterns that `remember_patterns` was told matches; true where one does, or none was told. Which one is for
   `matches` to say, of the few that are left. #}
{% macro may_match(text) %}{{ return(adapter.dispatch('may_match', 'signalhouse')(text)) }}{% endmacro %}
{% macro default__may_match(text) %}coalesce(regexp_matches({{ text }}, cast(getvariable('any_pattern') as varchar)), true){% endmacro %}
{% macro bigquery__may_match(text) %}true{% endmacro %}

{% macro hex_sha256(text) %}{{ return(adapter.dispatch('hex_sha256', 'signalhouse')(text)) }}{% endmacro %}
{% macro default__hex_sha256(text) %}sha256({{ text }}){% endmacro %}
{% macro bigquery__hex_sha256(text) %}to_hex(sha256({{ text }})){% endmacro %}

{# A short stable id from columns that may be null: texts, whole numbers, days, booleans; a moment by moment_text, a float or a decimal
   not at all, as the engines write them differently. Separated so that ('a', 'bc') and ('ab', 'c') differ. ('a|b', 'c') and ('a', 'b|c')
   do not: to escape would change the ids of all who have the separator in theirs, such as Auth0's users. #}
{% macro stable_id(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}{%- do parts.append("coalesce(cast(" ~ column ~ " as string), '~')") -%}{%- endfor -%}
    {{ return(adapter.dispatch('hex_md5', 'signalhouse')(parts | join(" || '|' || "))) }}
{%- endmacro %}
{% macro hex_md5(text) %}{{ return(adapter.dispatch('hex_md5', 'signalhouse')(text)) }}{% endmacro %}
{% macro default__hex_md5(text) %}md5({{ text }}){% endmacro %}
{% macro bigquery__hex_md5(text) %}to_hex(md5({{ text }})){% endmacro %}

{# What comes after the last separator; the whole text where there is none. #}
{% macro last_part(text, separator) %}{{ return(adapter.dispatch('last_part', 'signalhouse')(text, separator)) }}{% endmacro %}
{% macro default__last_part(text, separator) %}split_part({{ text }}, '{{ separator }}', -1){% endmacro %}
{% macro bigquery__last_part(text, separator) %}array_reverse(split({{ text }}, '{{ separator }}'))[safe_offset(0)]{% endmacro %}
