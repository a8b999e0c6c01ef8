{# Each raw table that is replaced by day has as many records as this table counts of it. Over all days: to count rows is a look at
   what DuckDB knows of a table, and reads none of them; on BigQuery it reads their days. #}
{% test counts_every_record(model) %}
with both_sides as (

    select
        model_name,
        record_count as counted,
        0 as stored
    from {{ model }}
    {%- for log in day_logs() %}
    union all
    select
        '{{ log }}' as model_name,
        0 as counted,
        count(*) as stored
    from {{ ref(log) }}
    where {{ on_any_day('event_date') }}
    {%- endfor %}

)

select
    model_name,
    sum(counted) as total_counted,
    sum(stored) as total_stored
from both_sides
group by model_name
having sum(counted) <> sum(stored)
{% endtest %}
