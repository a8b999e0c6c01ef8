{# The mappings of the sources that are on, with exactly these columns: {name: type}. A typed empty table when none is on. #}
{% macro mapped(entity, columns) -%}
    {%- set vendors = [] -%}
    {%- for vendor in var('mappings')[entity] if vendor in var('sources') -%}{%- do vendors.append(vendor) -%}{%- endfor -%}
    {%- for vendor in vendors %}
    select
        {% for name, type in columns.items() %}cast({{ name }} as {{ type }}) as {{ name }}{% if not loop.last %},
        {% endif %}{% endfor %}
    from {{ ref('map_' ~ vendor ~ '__' ~ entity) }}
    {% if not loop.last %}union all{% endif %}
    {%- else %}
    select
        {% for name, type in columns.items() %}cast(null as {{ type }}) as {{ name }}{% if not loop.last %},
        {% endif %}{% endfor %}
    from (select 1 as nothing) as none_on
    where nothing = 0
    {%- endfor %}
{%- endmacro %}
