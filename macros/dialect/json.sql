{# Paths are JSONPath: '$.a.b'. A scalar as text; null for objects, lists and JSON null. #}
{% macro json_text(column, path) %}{{ return(adapter.dispatch('json_text', 'signalhouse')(column, path)) }}{% endmacro %}
{% macro default__json_text(column, path) -%}
    case when json_type({{ column }}, '{{ path }}') not in ('OBJECT', 'ARRAY') then json_extract_string({{ column }}, '{{ path }}') end
{%- endmacro %}
{% macro bigquery__json_text(column, path) %}json_value({{ column }}, '{{ path }}'){% endmacro %}

{# An object, list or scalar as JSON; SQL null where the path is absent or JSON null. #}
{% macro json_part(column, path) %}{{ return(adapter.dispatch('json_part', 'signalhouse')(column, path)) }}{% endmacro %}
{% macro default__json_part(column, path) -%}
    case when json_type({{ column }}, '{{ path }}') <> 'NULL' then json_extract({{ column }}, '{{ path }}') end
{%- endmacro %}
{% macro bigquery__json_part(column, path) -%}
    case when json_type(json_query({{ column }}, '{{ path }}')) <> 'null' then json_query({{ column }}, '{{ path }}') end
{%- endmacro %}

{% macro json_type_of(column, path) %}{{ return(adapter.dispatch('json_type_of', 'signalhouse')(column, path)) }}{% endmacro %}
{% macro default__json_type_of(column, path) %}lower(json_type({{ column }}, '{{ path }}')){% endmacro %}
{% macro bigquery__json_type_of(column, path) %}json_type(json_query({{ column }}, '{{ path }}')){% endmacro %}

{# One row per element of a JSON list; rows whose list is absent or empty vanish. The element is a JSON column called `name`. #}
{% macro cross_join_json_list(column, path, name) %}{{ return(adapter.dispatch('cross_join_json_list', 'signalhouse')(column, path, name)) }}{% endmacro %}
{% macro default__cross_join_json_list(column, path, name) -%}
    cross join lateral (select unnest(cast(json_extract({{ column }}, '{{ path }}') as json[])) as {{ name }}) as {{ name }}_list
{%- endmacro %}
{% macro bigquery__cross_join_json_list(column, path, name) %}cross join unnest(json_query_array({{ column }}, '{{ path }}')) as {{ name }}{% endmacro %}

{# As above, with the element's place in the list, from 0, as column `name`_place. #}
{% macro cross_join_json_list_placed(column, path, name) %}{{ return(adapter.dispatch('cross_join_json_list_placed', 'signalhouse')(column, path, name)) }}{% endmacro %}
{% macro default__cross_join_json_list_placed(column, path, name) -%}
    cross join lateral (
        select unnest(items) as {{ name }}, unnest(range(len(items))) as {{ name }}_place
        from (select cast(json_extract({{ column }}, '{{ path }}') as json[]) as items) as {{ name }}_items
    ) as {{ name }}_list
{%- endmacro %}
{% macro bigquery__cross_join_json_list_placed(column, path, name) -%}
    cross join unnest(json_query_array({{ column }}, '{{ path }}')) as {{ name }} with offset as {{ name }}_place
{%- endmacro %}
