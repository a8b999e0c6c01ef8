{# dbt-duckdb's safe_cast is a plain cast and raises; a value that does not fit becomes null on both engines here. #}
{% macro duckdb__safe_cast(field, type) %}try_cast({{ field }} as {{ type }}){% endmacro %}
