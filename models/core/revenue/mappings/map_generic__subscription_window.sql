{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- What held for a while: trial, pause, payment due, discounts; and the time before the first version we hold.
-- What a later version no longer states was over with that version, but one that tells of the end of service alone (`is_ended`) leaves
-- trial, pause and debt as they were: who cancels a trial has not begun to pay.

with version as (

    select * from {{ ref('map_generic__subscription_version') }}

),

{% for kind, said in [('trial', 'trial_end_at'), ('pause', 'paused_from')] -%}
{{ kind }}_told as (

    -- The versions that speak of it, each with what the next of them says.
    select
        version.*,
        lead(version_at) over (partition by subscription_id order by version_number) as next_at,
        lead({{ said }}) over (partition by subscription_id order by version_number) as next_{{ said }}
    from version
    where {{ said }} is not null or not is_ended

),

{% endfor -%}
trial as (

    -- A later version that states its end replaces an earlier one; a trial that is gone ended with the next version, if not before.
    select
        subscription_id,
        'trial' as kind,
        started_at as window_from,
        least(trial_end_at, coalesce(next_at, {{ far_future() }})) as window_to
    from trial_told
    where trial_end_at is not null and next_trial_end_at is null

),

trialing_status as (

    select
        subscription_id,
        'trial' as kind,
        span_from as window_from,
        span_to as window_to
    from version
    where status in ('trialing', 'trial') and trial_end_at is null

),

pause as (

    -- A later version of the same pause replaces an earlier one; a pause that is gone ended with the next version, if not before.
    select
        subscription_id,
        'pause' as kind,
        coalesce(paused_from, version_at) as window_from,
        nullif(least(coalesce(paused_to, {{ far_future() }}), coalesce(next_at, {{ far_future() }})), {{ far_future() }}) as window_to
    from pause_told
    where (paused_from is not null or status = 'paused')
        and coalesce(paused_from <> next_paused_from, true)

),

due_told as (

    select
        version.*,
        past_due_since is not null or coalesce(status in ('past_due', 'unpaid'), false) as is_due
    from version
    where past_due_since is not null or not is_ended

),

due_change as (

    select
        due_told.*,
        lead(version_at) over (partition by subscription_id order by version_number) as next_at,
        sum(case when is_due then 0 else 1 end) over (
            partition by subscription_id
            order by version_number
            rows between unbounded preceding and current row
        ) as run_number
    from due_told

),

past_due as (

    -- One run, however many versions tell of it; it began when the first unpaid amount fell due.
    select
        subscription_id,
        'past_due' as kind,
        min(coalesce(past_due_since, version_at)) as window_from,
        case when count(next_at) = count(*) then max(next_at) end as window_to
    from due_change
    where is_due
    group by subscription_id, run_number

),

not_paid as (

    -- Given up (unpaid), or never begun (incomplete): neither has days of grace.
    select
        subscription_id,
        case status when 'unpaid' then 'unpaid' else 'incomplete' end as kind,
        span_from as window_from,
        span_to as window_to
    from version
    where status in ('unpaid', 'incomplete', 'incomplete_expired')

),

inferred as (

    -- Without a version clock nobody knows since when the first version holds.
    select
        subscription_id,
        'inferred' as kind,
        started_at as window_from,
        updated_at as window_to
    from version
    where version_number = 1

),

discount as (

    select
        subscription_id,
        'discount' as kind,
        span_from as window_from,
        nullif(least(coalesce(span_to, {{ far_future() }}), coalesce(discount_end_at, {{ far_future() }})), {{ far_future() }}) as window_to,
        discount_percent as percent
    from version
    where discount_percent > 0

),

dated as (

    select subscription_id, kind, window_from, window_to from inferred
    union all
    select subscription_id, kind, window_from, window_to from trial
    union all
    select subscription_id, kind, window_from, window_to from trialing_status
    union all
    select subscription_id, kind, window_from, window_to from pause
    union all
    select subscription_id, kind, window_from, window_to from past_due
    union all
    select subscription_id, kind, window_from, window_to from not_paid

),

final as (

    select
        subscription_id,
        kind,
        window_from,
        window_to,
        cast(null as {{ type_decimal() }}) as percent
    from dated
    union all
    select
        subscription_id,
        kind,
        window_from,
        window_to,
        percent
    from discount

)

select
    'generic' as source,
    subscription_id,
    cast(null as {{ type_string() }}) as item_id,
    kind,
    window_from,
    window_to,
    percent,
    cast(0 as {{ type_bigint() }}) as amount_minor
from final
where window_to is null or window_from < window_to
