{# What stands for an e-mail address outside raw and the contact schema: the same for any spelling of its case, and without meaning
   to whoever lacks the key. The key is read where the statement runs, so no SQL text, log or artifact holds it. #}
{% macro keyed_hash(column) -%}
    {{ hex_sha256('(select value from ' ~ source('ops', 'hash_key') ~ ") || nullif(lower(trim(" ~ column ~ ")), '')") }}
{%- endmacro %}
