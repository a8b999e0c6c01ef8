{# True where the key is there, even when it holds JSON null. #}
{% macro json_has(column, path) %}{{ return(adapter.dispatch('json_has', 'signalhouse')(column, path)) }}{% endmacro %}
{% macro default__json_has(column, path) %}json_type({{ column }}, '{{ path }}') is not null{% endmacro %}
{% macro bigquery__json_has(column, path) %}json_query({{ column }}, '{{ path }}') is not null{% endmacro %}

{# The part of an object under a key that is a value of the row, where `json_part` knows its path; null where it is absent or JSON null. #}
{% macro json_member(column, key) %}{{ return(adapter.dispatch('json_member', 'signalhouse')(column, key)) }}{% endmacro %}
{% macro default__json_member(column, key) -%}
    case
        when json_type({{ column }}, '$."' || {{ key }} || '"') <> 'NULL' then json_extract({{ column }}, '$."' || {{ key }} || '"')
    end
{%- endmacro %}
{% macro bigquery__json_member(column, key) -%}
    case when json_type({{ column }}[{{ key }}]) <> 'null' then {{ column }}[{{ key }}] end
{%- endmacro %}

{# A whole number, also where a connector wrote it as 1683118613.0; null where 64 bits do not hold it. #}
{% macro json_whole(column, path) %}{{ return(adapter.dispatch('json_whole', 'signalhouse')(column, path)) }}{% endmacro %}
{% macro default__json_whole(column, path) -%}
    {%- set text = json_text(column, path) -%}
    case
        when regexp_full_match({{ text }}, '-?[0-9]{1,18}([.]0+)?') then cast({{ text }} as bigint)
        else try_cast({{ safe_decimal(text) }} as bigint)
    end
{%- endmacro %}
{% macro bigquery__json_whole(column, path) %}safe_cast({{ safe_decimal(json_text(column, path)) }} as int64){% endmacro %}

{# The least ('min') or the greatest ('max') whole number in a JSON list; null where it holds none or is no list. #}
{% macro json_whole_extreme(column, which) %}{{ return(adapter.dispatch('json_whole_extreme', 'signalhouse')(column, which)) }}{% endmacro %}
{% macro default__json_whole_extreme(column, which) -%}
    list_{{ which }}(list_transform(json_extract({{ column }}, '$[*]'), lambda item: {{ json_whole('item', '$') }}))
{%- endmacro %}
{% macro bigquery__json_whole_extreme(column, which) -%}
    (select {{ which }}({{ json_whole('item', '$') }}) from unnest(json_query_array({{ column }}, '$')) as item)
{%- endmacro %}

{% macro json_decimal(column, path) %}{{ return(safe_decimal(json_text(column, path))) }}{% endmacro %}

{# A text as a decimal, null where it is none. DuckDB 1.5.5 reads a text into more than 18 digits in 5 to 22 microseconds, into up to
   18 in 0.05: an epoch in each of 140,000 points was 10 of 13 CPU s of fct_service_hour. So the wide type is for texts that do not
   fit the narrow one; both round to the same six places. BigQuery's NUMERIC has nine places and 29 digits before them: read into it at
   once, 0.1234564999 would be rounded twice, to .123457, and 12345678901234567890123 be a value on one engine alone. #}
{% macro safe_decimal(text) %}{{ return(adapter.dispatch('safe_decimal', 'signalhouse')(text)) }}{% endmacro %}
{% macro default__safe_decimal(text) %}coalesce(try_cast({{ text }} as decimal(18, 6)), try_cast({{ text }} as {{ type_decimal() }})){% endmacro %}
{% macro bigquery__safe_decimal(text) -%}
    {%- set number = 'safe_cast(' ~ text ~ ' as bignumeric)' -%}
    case when abs({{ number }}) < bignumeric '9999999999999999999999.9999995' then cast(round({{ number }}, 6) as numeric) end
{%- endmacro %}

{# A moment written as epoch seconds. #}
{% macro json_epoch_s(column, path) -%}
    {{ from_epoch_s(json_whole(column, path)) }}
{%- endmacro %}

{% macro as_text(json) %}{{ return(adapter.dispatch('as_text', 'signalhouse')(json)) }}{% endmacro %}
{% macro default__as_text(json) %}cast({{ json }} as varchar){% endmacro %}
{# to_json_string(null) is the text 'null', which a JSON null is as well. #}
{% macro bigquery__as_text(json) %}case when {{ json }} is not null then to_json_string({{ json }}) end{% endmacro %}

{# A JSON document without the e-mail addresses in its texts: "<e-mail>" stands where one stood. An escaped character before an address
   (`\n`) is no part of it. A document without "@" is only looked at. #}
{% macro without_addresses(json) %}{{ return(adapter.dispatch('without_addresses', 'signalhouse')(json)) }}{% endmacro %}
{% macro default__without_addresses(json) -%}
    case
        when {{ as_text(json) }} like '%@%'
            then cast(regexp_replace({{ as_text(json) }}, '{{ address_in_json() }}', '\1<e-mail>', 'g') as json)
        else {{ json }}
    end
{%- endmacro %}
{% macro bigquery__without_addresses(json) -%}
    case
        when {{ as_text(json) }} like '%@%'
            then parse_json(regexp_replace({{ as_text(json) }}, r'{{ address_in_json() }}', r'\1<e-mail>'))
        else {{ json }}
    end
{%- endmacro %}
