{# What stands for a key as of now, computed whole from compact state: only rows that say something else than the standing ones are
   replaced, and the days that follow from their keys are logged as touched, so that tables by day need not be built whole because a key
   may have changed on any of their days. The key is the config's unique_key; meta.days_of names a macro that gives a query of
   (key, event_date). #}

{# The log first: it reads the rows that the other two statements replace. All three are one transaction. #}
{% macro get_incremental_replaced_where_changed_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set temp = arg_dict['temp_relation'] -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {{ log_days_of(changed_keys(target, temp, key, columns), key) }}
    delete from {{ target }} where {{ key }} in ({{ changed_keys(target, temp, key, columns) }});
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ temp }} where {{ key }} not in (select {{ key }} from {{ target }});
{% endmacro %}

{# Keys of rows that are new, gone or say something else; nulls are equal to each other in an `except`. #}
{% macro changed_keys(standing, slice, key, columns) -%}
    select {{ key }} from (select {{ columns }} from {{ standing }} except distinct select {{ columns }} from {{ slice }}) as before
    union distinct
    select {{ key }} from (select {{ columns }} from {{ slice }} except distinct select {{ columns }} from {{ standing }}) as after
{%- endmacro %}

{% macro log_days_of(keys, key) %}
    insert into {{ touched_log() }} (model_name, day, batch_id)
    select distinct
        '{{ model.name }}',
        days.event_date,
        {{ batch_of_change() }}
    from ({{ context[model.config.meta['days_of']]() }}) as days
    where days.{{ key }} in ({{ keys }});
{% endmacro %}
