{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'log_days'},
) }}
-- Exact because a row follows from the records of its own day alone, and every day that a raw table replaced is replaced here. So the
-- balance of files is read off a few rows a day, and never off the path of every record again.

with counted as (

    {% for log in day_logs() -%}
    select
        '{{ log }}' as model_name,
        event_date,
        file_path,
        record_status,
        count(*) as record_count
    from {{ ref(log) }}
    where {{ on_days('event_date', log_days) }}
    group by event_date, file_path, record_status
    {% if not loop.last %}union all
    {% endif %}
    {%- else -%}
    select
        cast(null as {{ type_string() }}) as model_name,
        cast(null as {{ type_date() }}) as event_date,
        cast(null as {{ type_string() }}) as file_path,
        cast(null as {{ type_string() }}) as record_status,
        0 as record_count
    from (select 1 as nothing) as none_on
    where nothing = 0
    {% endfor %}

),

final as (

    select
        model_name,
        event_date,
        file_path,
        record_status,
        cast(record_count as {{ type_bigint() }}) as record_count
    from counted

)

select
    model_name,
    event_date,
    file_path,
    record_status,
    record_count
from final
