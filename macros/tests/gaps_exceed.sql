{# Two sessions of one actor lie further apart than the timeout, and never overlap. Of sessions on days that did not change a refresh asks
   those alone that come within the timeout of one that did: no other can lie too close to it. At 38 million events 4.1 CPU s before.
   It looks for them among the sessions that began up to a week before such a day: who is active for longer without a pause is no person,
   and a whole build or `dbt test` asks of them too. #}
{% test gaps_exceed(model, seconds) %}
{%- set days = tested_days() %}
with neighbours as (

    select
        actor_id,
        started_at,
        lag(ended_at) over (partition by actor_id order by started_at, ended_at) as previous_end
    from {{ model }}
    {%- if days is not none %}
    where {{ in_days(day_of_tested(), days_around(days, 7, 1)) }}
        and {{ reaches_into(days) }}
    {%- endif %}

)

select
    actor_id,
    started_at,
    previous_end
from neighbours
where {{ microseconds_between('previous_end', 'started_at') }} <= cast({{ seconds }} as {{ type_bigint() }}) * 1000000
{% endtest %}
