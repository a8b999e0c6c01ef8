{# A user id as it may stand outside raw: some products take the e-mail address for one, and then its hash stands in. #}
{% macro user_key(column) -%}
    case when {{ column }} like '%@%' then {{ keyed_hash(column) }} else {{ column }} end
{%- endmacro %}
