{# The guard against over-merging: evidence that would make one person of many. #}

{# An office's address: whoever is on duty reads it, so it says nothing about who somebody is. A tag behind + does not count. #}
{% macro is_role_address(email) -%}
    coalesce({{ dbt.split_part(dbt.split_part(email, "'@'", 1), "'+'", 1) }} in ('{{ var('role_addresses') | join("', '") }}'), false)
{%- endmacro %}

{# Kinds of evidence by which an id may connect strangers: a device they share, an address they share. A user id and a merge are the word
   of who keeps the ids. #}
{% macro shareable_evidence() %}('identify', 'e-mail'){% endmacro %}
