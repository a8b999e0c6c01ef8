{# One narrow query before the slice: the days of what arrived; where files were withdrawn, the days of their rows; and, where a
   repeat may carry another time, the days of all records of a touched key. Only that last part reads a whole history, of the key
   and the day alone, because a repeat may come at any age. #}
{% macro in_standing_days(arrived, cte, day, key, repeats) %}
    {%- set is_withdrawn = some_file_was_withdrawn() -%}
    {%- set query -%}
    {{ arrived }},
    changed_file as ({{ changed_files() }}),
    arrived as (
        select {{ cte }}.{{ day }}, {{ stable_id(key) }} as key_id
        from {{ cte }}
        inner join changed_file on {{ cte }}.file_path = changed_file.file_path
    ),
    {%- if is_withdrawn %}
    withdrawn as (
        select standing.{{ day }}, {{ stable_id(key) }} as key_id
        from {{ this }} as standing
        inner join changed_file on standing.file_path = changed_file.file_path
        where {{ on_any_day('standing.' ~ day) }}
    ),
    {%- endif %}
    touched as (
        select {{ day }}, key_id from arrived
        {%- if is_withdrawn %}
        union all
        select {{ day }}, key_id from withdrawn
        {%- endif %}
    )
    select distinct {{ day }} from touched
    {%- if repeats == 'shifted_time' %}
    union distinct
    select distinct standing.{{ day }}
    from (select {{ day }}, {{ stable_id(key) }} as key_id from {{ this }} where {{ on_any_day(day) }}) as standing
    inner join touched on standing.key_id = touched.key_id
    {%- endif %}
    {%- endset -%}
    {{ return('where ' ~ in_days(day, days_from(query))) }}
{% endmacro %}

{# Only a file that was replaced or is gone can have left rows on a day that the slice does not hold. #}
{% macro some_file_was_withdrawn() %}
    {%- set export = export_of(this_model_name()) -%}
    {%- set found = run_query(
        'select object as withdrawn_file from ' ~ source('ops', 'landing_file')
        ~ " where vendor = '" ~ export[0] ~ "' and object = '" ~ export[1] ~ "' and retracted_batch > " ~ published_batch() ~ ' limit 1') -%}
    {{ return(found.rows | length > 0) }}
{% endmacro %}
