{# True where the key is there, even when it holds JSON null. #}
{% macro json_has(column, path) %}{{ return(adapter.dispatch('json_has', 'signalhouse')(column, path)) }}{% endmacro %}
{% macro default__json_has(column, path) %}json_type({{ column }}, '{{ path }}') is not null{% endmacro %}
{% macro bigquery__json_has(column, path) %}json_query({{ column }}, '{{ path }}') is not null{% endmacro %}

{# A whole number, also where a connector wrote it as 1683118613.0. #}
{% macro json_whole(column, path) -%}
    cast({{ dbt.safe_cast(json_text(column, path), type_decimal()) }} as {{ type_bigint() }})
{%- endmacro %}

{% macro json_decimal(column, path) -%}
    {{ dbt.safe_cast(json_text(column, path), type_decimal()) }}
{%- endmacro %}

{# A moment written as epoch seconds. #}
{% macro json_epoch_s(column, path) -%}
    {{ from_epoch_s(json_whole(column, path)) }}
{%- endmacro %}
