{# Each raw table that is replaced by day has as many records of each day as this table counts of it. A raw table changes on the days that
   it logs and this one on those that it logs, so on all others both stand as they were compared before the last release; where either was
   built whole, all days are compared: one that a raw table lost is in no log. #}
{% test counts_every_record(model) %}
{%- set days = tested_days(and_of=day_logs()) -%}
{%- set on_tested_days = on_any_day('event_date') if days is none else in_days('event_date', days) %}
with both_sides as (

    select
        model_name,
        event_date,
        record_count as counted,
        0 as stored
    from {{ model }}
    {%- if days is not none %}
    where {{ on_tested_days }}
    {%- endif %}
    {%- for log in day_logs() %}
    union all
    select
        '{{ log }}' as model_name,
        event_date,
        0 as counted,
        count(*) as stored
    from {{ ref(log) }}
    where {{ on_tested_days }}
    group by event_date
    {%- endfor %}

)

select
    model_name,
    event_date,
    sum(counted) as total_counted,
    sum(stored) as total_stored
from both_sides
group by model_name, event_date
having sum(counted) <> sum(stored)
{% endtest %}
