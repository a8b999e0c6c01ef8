{# As append_log, for records that are corrected after the fact and whose day follows from their key, so that all versions of a record
   stand on one day: a refresh reads the days that a new, changed or vanished file touches, and judges their versions anew. Exact,
   because which version counts follows from the records of its key alone (with_versions).
   `arrived` is the model's SQL up to `cte`, which holds what is in landing. #}
{% macro versions_by_day(arrived, cte, columns, day, key, version=[]) -%}
{{ arrived }},

{% if not is_incremental() -%}
candidates as (

    select {{ columns | join(', ') }}
    from {{ cte }}

),
{%- else -%}
changed_file as (

    {{ changed_files() }}

),

arrived as (

    select {% for column in columns %}{{ cte }}.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
    from {{ cte }}
    inner join changed_file on {{ cte }}.file_path = changed_file.file_path

),

previous as {{ each_time() }} (

    select {{ columns | join(', ') }}
    from {{ this }}
    {{ within_standing_days(arrived, cte, day, key, 'same_time') }}

),

touched as (

    select {{ day }} from arrived
    union distinct
    select previous.{{ day }}
    from previous
    inner join changed_file on previous.file_path = changed_file.file_path

),

candidates as (

    select {% for column in columns %}previous.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
    from previous
    inner join touched on previous.{{ day }} = touched.{{ day }}
    left join changed_file on previous.file_path = changed_file.file_path
    where changed_file.file_path is null
    union all
    select {{ columns | join(', ') }}
    from arrived

),
{%- endif %}

final as (

    {{ with_versions('candidates', key, version) }}

)
{%- endmacro %}
