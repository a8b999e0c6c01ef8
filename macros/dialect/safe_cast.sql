{# dbt-duckdb's safe_cast is a plain cast and raises; a value that does not fit becomes null on both engines here. #}
{% macro duckdb__safe_cast(field, type) %}try_cast({{ field }} as {{ type }}){% endmacro %}

{# BigQuery has no cast from text to JSON; a unit test's rows are cast so. #}
{% macro bigquery__safe_cast(field, type) -%}
    {%- if type | lower == 'json' -%}safe.parse_json({{ field }}){%- else -%}safe_cast({{ field }} as {{ type }}){%- endif -%}
{%- endmacro %}
