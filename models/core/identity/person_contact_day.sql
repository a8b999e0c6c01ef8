{{ config(
    schema='contact',
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'event_days', 'sorted': true},
) }}
-- Exact because a row follows from the events of its own day alone, and every touched day is replaced whole. This is the compact
-- state from which person_contact takes what event tools say of persons.
{%- set traits = ['email', 'name', 'account_id', 'signed_up_at'] %}

with said as (

    {{ mapped('person_trait', {
        'source': type_string(), 'source_event_id': type_string(), 'actor_id': type_string(), 'user_id': type_string(),
        'email': type_string(), 'name': type_string(), 'account_id': type_string(), 'signed_up_at': type_timestamp(),
        'occurred_at': type_timestamp(), 'event_date': type_date(),
    }) }}

),

ordered as (

    select
        said.*,
        row_number() over (partition by source, actor_id, event_date order by occurred_at, source_event_id) as said_order
    from said
    where {{ on_days('event_date', event_days) }}

),

final as (

    -- The last word on each trait counts: who says nothing of it takes nothing back.
    select
        event_date,
        source,
        actor_id,
        min(user_id) as user_id,
        {% for trait in traits -%}
        {{ value_at_max(trait, 'case when ' ~ trait ~ ' is not null then said_order end') }} as {{ trait }},
        {% endfor -%}
        max(occurred_at) as last_said_at
    from ordered
    group by event_date, source, actor_id

)

select
    event_date,
    source,
    actor_id,
    user_id,
    email,
    name,
    account_id,
    signed_up_at,
    last_said_at
from final
