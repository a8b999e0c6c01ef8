{# Replacing whole days on BigQuery. dbt-bigquery's own insert_overwrite asks the new rows which days to replace, and so leaves a
   day standing that has lost its last record; here the days are named first, as on DuckDB, and one MERGE over literal days
   replaces them. Its own MERGE is not used either: it compares date(column), and only the bare column prunes partitions.
   BigQuery has no transaction around both statements: the log is written first, because a day that is logged
   and not replaced is only computed once more. #}
{% macro bq_generate_incremental_insert_overwrite_build_sql(
    tmp_relation, target_relation, sql, unique_key, partition_by, partitions, dest_columns, tmp_relation_exists, copy_partitions
) %}
    {%- do make_slice(tmp_relation, sql, partition_by, tmp_relation_exists) -%}
    {%- set columns = dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set days = days_to_replace(target_relation, tmp_relation, partition_by.field, columns) -%}
    {{ log_touched(days_changed(target_relation, tmp_relation, partition_by.field, days)) }}
    merge into {{ target_relation }} as standing
    using {{ tmp_relation }} as slice
    on false
    when not matched by source and {{ in_days('standing.' ~ partition_by.field, days) }} then delete
    when not matched and {{ in_days('slice.' ~ partition_by.field, days) }} then insert ({{ columns }}) values ({{ columns }});
    drop table if exists {{ tmp_relation }}
{% endmacro %}

{# Replacing rows by their key; here too the log is written first. #}
{% macro bq_generate_incremental_merge_build_sql(
    tmp_relation, target_relation, sql, unique_key, partition_by, dest_columns, tmp_relation_exists, incremental_predicates
) %}
    {%- do make_slice(tmp_relation, sql, partition_by, tmp_relation_exists) -%}
    {%- set columns = dest_columns | map(attribute='quoted') | list -%}
    {{ log_days_of(changed_keys(target_relation, tmp_relation, unique_key, columns | join(', ')), unique_key) }}
    merge into {{ target_relation }} as standing
    using {{ tmp_relation }} as slice
    on standing.{{ unique_key }} = slice.{{ unique_key }}
    when matched then update set {% for column in columns %}{{ column }} = slice.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
    when not matched by source then delete
    when not matched then insert ({{ columns | join(', ') }}) values ({{ columns | join(', ') }});
    drop table if exists {{ tmp_relation }}
{% endmacro %}

{# What a refresh made of its days, unless it is there already because the schema was compared with it. #}
{% macro make_slice(tmp_relation, sql, partition_by, is_there) %}
    {%- if not is_there -%}
        {%- do run_query(bq_create_table_as(partition_by, true, tmp_relation, sql, 'sql')) -%}
    {%- endif -%}
{% endmacro %}
