{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('signed_up_on'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'signed_up_on', 'days': 'activation_days', 'sorted': true},
) }}
-- Met when every row of activation_criteria was met within its window of sign-up; activated when the last one first was.
-- Exact because a row follows from its sign-up and from the events of the window after it: activation_days() names the days of sign-up
-- that have another such event now, or another sign-up.
{#- activation_days() asks the log for the days of dim_actor, which has to be made before; no row of it is read -#}
{%- if model.resource_type != 'unit_test' -%}{%- do ref('dim_actor') -%}{%- endif -%}
{%- if is_incremental() %}
    {%- set days = activation_days() %}
{%- endif %}

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

criterion as (

    select
        criterion,
        action,
        min_count,
        within_days
    from {{ ref('activation_criteria') }}

),

criteria as (

    select count(*) as criteria_count
    from criterion

),

sign_up as (

    {{ sign_ups() }}

),

signed_up as (

    select
        unit,
        unit_id,
        signed_up_at,
        signed_up_on,
        counted_to,
        {{ add_days('signed_up_on', 'window_days') }} as window_ends_on,
        {{ add_seconds('signed_up_at', 'window_days * 86400') }} as window_ends_at
    from sign_up
    {%- if is_incremental() %}
    where {{ in_days('signed_up_on', days) }}
    {%- endif %}

),

actor_person as (

    select
        bridge.actor_id,
        person.person_id,
        person.account_id,
        signed_up.signed_up_at,
        signed_up.window_ends_at
    from {{ ref('bridge_actor_person') }} as bridge
    inner join {{ ref('dim_person') }} as person on bridge.person_id = person.person_id
    left join signed_up on signed_up.unit = 'person' and person.person_id = signed_up.unit_id
    where not person.is_excluded

),

near_sign_up as (

    -- Of all events the few within a window of a sign-up, of the person or of its account.
    select
        actor_person.person_id,
        account.unit_id as account_id,
        events.action,
        events.occurred_at
    from {{ ref('fct_activation_event') }} as events
    inner join as_of on events.event_date <= as_of.as_of
    inner join actor_person on events.actor_id = actor_person.actor_id
    left join signed_up as account
        on account.unit = 'account' and coalesce(events.account_id, actor_person.account_id) = account.unit_id
    where (
        (events.occurred_at >= actor_person.signed_up_at and events.occurred_at < actor_person.window_ends_at)
        or (events.occurred_at >= account.signed_up_at and events.occurred_at < account.window_ends_at)
    )
    {%- if is_incremental() %}
        and {{ in_days('events.event_date', days_around(days, 0, activation_reach())) }}
    {%- endif %}

),

unit_event as (

    select 'person' as unit, person_id as unit_id, action, occurred_at from near_sign_up
    union all
    select 'account' as unit, account_id as unit_id, action, occurred_at from near_sign_up where account_id is not null

),

qualifying as (

    -- Of several at one moment any may come first: only the moment is taken.
    select
        signed_up.unit,
        signed_up.unit_id,
        criterion.criterion,
        criterion.min_count,
        unit_event.occurred_at,
        row_number() over (
            partition by signed_up.unit, signed_up.unit_id, criterion.criterion
            order by unit_event.occurred_at
        ) as occurrence
    from unit_event
    inner join signed_up on unit_event.unit = signed_up.unit and unit_event.unit_id = signed_up.unit_id
    inner join criterion on unit_event.action = criterion.action
    where unit_event.occurred_at >= signed_up.signed_up_at
        and unit_event.occurred_at < {{ add_seconds('signed_up.signed_up_at', 'criterion.within_days * 86400') }}

),

met as (

    select
        unit,
        unit_id,
        count(*) as criteria_met,
        max(occurred_at) as last_met_at
    from qualifying
    where occurrence = min_count
    group by unit, unit_id

),

final as (

    select
        signed_up.unit,
        signed_up.unit_id,
        signed_up.signed_up_at,
        signed_up.signed_up_on,
        coalesce(met.criteria_met, 0) as criteria_met,
        criteria.criteria_count,
        case when met.criteria_met = criteria.criteria_count then met.last_met_at end as activated_at,
        coalesce(met.criteria_met = criteria.criteria_count, false) as is_activated,
        signed_up.window_ends_on,
        signed_up.counted_to
    from signed_up
    cross join criteria
    left join met
        on signed_up.unit = met.unit and signed_up.unit_id = met.unit_id

)

select
    unit,
    unit_id,
    signed_up_at,
    signed_up_on,
    criteria_met,
    criteria_count,
    activated_at,
    is_activated,
    window_ends_on,
    counted_to
from final
