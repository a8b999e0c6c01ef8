{# An id of a person or a device as it may stand outside raw: some products take the e-mail address for one, and then its keyed hash stands
   in, the same in every tool. Every mapping that hands on such an id does it through this macro. An id without "@" costs the look for
   one, 0.01 microseconds; no key is read for it. #}
{% macro user_key(column) -%}
    case when {{ column }} like '%@%' then {{ keyed_hash(column) }} else {{ column }} end
{%- endmacro %}

{# The address that a user id is, for person_contact alone: null where the id is none. #}
{% macro address_in(column) -%}
    case when {{ column }} like '%@%' then {{ column }} end
{%- endmacro %}

{# An address in the text of a JSON document, as a pattern; first what is escaped before it, which stays. #}
{% macro address_in_json() -%}
    ((?:\\u[0-9a-fA-F]{4}|\\[^u])*)[^\s"\\@,;:<>()/?&=\[\]]+@[^\s"\\@,;:<>()/?&=\[\]]+[.][^\s"\\@,;:<>()/?&=\[\].]+
{%- endmacro %}
