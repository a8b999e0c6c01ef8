{# A table that is built whole, on DuckDB: the old one is dropped and the new one made in one transaction, so that others see the one or
   the other. dbt-duckdb builds it under another name, looks for indexes and foreign keys that ours have none of, renames both and drops
   the old one: five statements and their macros for each of 50 models of a day. #}
{% materialization table, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set standing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {% if standing %}drop {{ standing.type }} if exists {{ relation }};{% endif %}
        {{ create_table_as(False, relation, sql) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
