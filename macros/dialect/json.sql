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

{# Several parts of a JSON column as a list, for a document that is large: DuckDB reads it once for all of them, where it would read it
   twice for each, and keeps in memory what each reading took of 2,048 rows (eight parts of 5 kB: 1.4 GB, so 0.3). #}
{% macro json_parts(column, paths) %}{{ return(adapter.dispatch('json_parts', 'signalhouse')(column, paths)) }}{% endmacro %}
{% macro default__json_parts(column, paths) %}json_extract({{ column }}, ['{{ paths | join("', '") }}']){% endmacro %}
{% macro bigquery__json_parts(column, paths) -%}
    [{% for path in paths %}json_query({{ column }}, '{{ path }}'){% if not loop.last %}, {% endif %}{% endfor %}]
{%- endmacro %}

{# One part out of that list, by its place from 0; null where it is absent or a JSON null. #}
{% macro json_part_at(parts, place) %}{{ return(adapter.dispatch('json_part_at', 'signalhouse')(parts, place)) }}{% endmacro %}
{% macro default__json_part_at(parts, place) -%}
    case when json_type({{ parts }}[{{ place + 1 }}]) <> 'NULL' then {{ parts }}[{{ place + 1 }}] end
{%- endmacro %}
{% macro bigquery__json_part_at(parts, place) -%}
    case when json_type({{ parts }}[offset({{ place }})]) <> 'null' then {{ parts }}[offset({{ place }})] end
{%- endmacro %}

{# object, array, string, number, boolean or null, the JSON one; SQL null where the path is absent. #}
{% macro json_type_of(column, path) %}{{ return(adapter.dispatch('json_type_of', 'signalhouse')(column, path)) }}{% endmacro %}
{% macro default__json_type_of(column, path) -%}
    {%- set type = "json_type(" ~ column ~ ", '" ~ path ~ "')" -%}
    case
        when {{ type }} in ('OBJECT', 'ARRAY', 'BOOLEAN', 'NULL') then lower({{ type }})
        when {{ type }} = 'VARCHAR' then 'string'
        when {{ type }} is not null then 'number'
    end
{%- endmacro %}
{% macro bigquery__json_type_of(column, path) %}json_type(json_query({{ column }}, '{{ path }}')){% endmacro %}

{# A relation for `from`: each row of another once per element of its JSON list, the element a JSON column called `name`; rows whose list
   is absent, empty or no list at all vanish. Unnested beside the row on DuckDB: a lateral join compares the whole list anew for each
   element (3,000 lists of 200: 1.80 CPU s, so 0.07). A cast to a list of JSON would raise where an object or a text stands instead. #}
{% macro json_items(relation, column, path, name, alias=none) %}
    {{- return(adapter.dispatch('json_items', 'signalhouse')(relation, column, path, name, alias or relation)) -}}
{% endmacro %}
{% macro default__json_items(relation, column, path, name, alias) -%}
    (
        select
            {{ alias }}.*,
            unnest(json_extract({{ alias }}.{{ column }}, '{{ path }}[*]')) as {{ name }}
        from {{ relation }} as {{ alias }}
    ) as {{ alias }}
{%- endmacro %}
{% macro bigquery__json_items(relation, column, path, name, alias) -%}
    {{ relation }} as {{ alias }} cross join unnest(json_query_array({{ alias }}.{{ column }}, '{{ path }}')) as {{ name }}
{%- endmacro %}

{# As above, with the element's place in the list, from 0, as column `name`_place. #}
{% macro json_items_placed(relation, column, path, name, alias=none) %}
    {{- return(adapter.dispatch('json_items_placed', 'signalhouse')(relation, column, path, name, alias or relation)) -}}
{% endmacro %}
{% macro default__json_items_placed(relation, column, path, name, alias) -%}
    (
        select
            {{ alias }}.*,
            unnest({{ name }}_items) as {{ name }},
            unnest(range(len({{ name }}_items))) as {{ name }}_place
        from (
            select
                {{ alias }}.*,
                json_extract({{ alias }}.{{ column }}, '{{ path }}[*]') as {{ name }}_items
            from {{ relation }} as {{ alias }}
        ) as {{ alias }}
    ) as {{ alias }}
{%- endmacro %}
{% macro bigquery__json_items_placed(relation, column, path, name, alias) -%}
    {{ relation }} as {{ alias }} cross join unnest(json_query_array({{ alias }}.{{ column }}, '{{ path }}')) as {{ name }} with offset as {{ name }}_place
{%- endmacro %}
