{# Whole days are replaced: delete by literal days, insert what the slice holds. BigQuery does it in one statement
   (macros/dialect/statements). #}

{% macro get_incremental_replaced_by_day_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set temp = arg_dict['temp_relation'] -%}
    {%- set day = model.config.meta['day'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set days = days_to_replace(target, temp, day, columns) -%}
    {%- set changed = days_changed(target, temp, day, days) -%}
    delete from {{ target }} where {{ in_days(day, days) }};
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ temp }} where {{ in_days(day, days) }};
    {{ log_touched(changed) }}
{% endmacro %}

{# A raw model replaces the days of its slice, and those that lost their last record with a withdrawn file. A core model names
   its days in a macro of its own (meta.days): what it may not leave standing even when nothing takes its place. Or it is made whole
   (meta.made), and the days are replaced that say something else than before, so that who reads it need not be made whole too. #}
{% macro days_to_replace(target, temp, day, columns) %}
    {%- if model.config.meta.get('made') == 'whole' -%}
        {{ return(days_from(changed_keys(target, temp, day, columns), each_row_has_one=true)) }}
    {%- endif -%}
    {%- if 'days' in model.config.meta -%}
        {%- set named = context[model.config.meta['days']]() -%}
        {%- set written = days_from('select distinct ' ~ day ~ ' from ' ~ temp, each_row_has_one=true) -%}
        {%- for d in written -%}{%- if d not in named -%}
            {{ exceptions.raise_compiler_error(model.name ~ ' wrote day ' ~ d ~ ', which its slice does not name: its rows would be counted twice') }}
        {%- endif -%}{%- endfor -%}
        {{ return(named) }}
    {%- endif -%}
    {%- set left = ' union distinct select ' ~ day ~ ' from ' ~ target ~ ' where ' ~ on_any_day(day) ~ ' and file_path in (' ~ changed_files() ~ ')' -%}
    {{ return(days_from('select distinct ' ~ day ~ ' from ' ~ temp ~ (left if some_file_was_withdrawn() else ''), each_row_has_one=true)) }}
{% endmacro %}

{# What the log is told: the days that are replaced, and those that a row which goes or comes with them speaks of. A row that went is
   nowhere to be asked later. #}
{% macro days_changed(target, temp, day, days) %}
    {%- if 'speaks_of' not in model.config.meta -%}{{ return(days) }}{%- endif -%}
    {%- set spoken = days_from(
        days_spoken_of(target, model.config.meta, in_days(day, days))
        ~ ' union distinct ' ~ days_spoken_of(temp, model.config.meta)) -%}
    {{ return(both(days, spoken)) }}
{% endmacro %}

{% macro log_touched(days) %}
    {%- if days | length > 0 -%}
    insert into {{ touched_log() }} (model_name, day, batch_id)
    select '{{ model.name }}', days.day, {{ batch_of_change() }}
    from (
        {%- for day in days %}
        select {{ date_literal(day) }} as day{% if not loop.last %} union all{% endif %}
        {%- endfor %}
    ) as days;
    {%- endif -%}
{% endmacro %}

{# Post-hook of an incremental model: a table that was built whole touches all of its days. Without a batch it is whole because a definition
   changed, and then what reads it is built whole in the same run. #}
{% macro log_rebuilt() %}
    {%- if execute and not is_incremental() and not compiling_offline() -%}
    insert into {{ touched_log() }} (model_name, day, batch_id)
    select '{{ model.name }}', cast(null as date), {{ newest_batch() }}
    {%- endif -%}
{% endmacro %}
