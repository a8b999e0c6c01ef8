{# Schemas carry the names of the layers, not the developer's name in front of them: a reader sees raw, core and mart. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
