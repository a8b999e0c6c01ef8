{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- What held for a while: trial, pause, payment due, discounts; and the time before the first version we hold.

with version as (

    select * from {{ ref('map_generic__subscription_version') }}

),

dated as (

    -- Without a version clock nobody knows since when the first version holds.
    select
        subscription_id,
        'inferred' as kind,
        started_at as window_from,
        updated_at as window_to,
        cast(null as {{ type_decimal() }}) as percent
    from version
    where version_number = 1
    union all
    select
        subscription_id,
        'trial' as kind,
        started_at as window_from,
        trial_end_at as window_to,
        cast(null as {{ type_decimal() }}) as percent
    from version
    where is_last and trial_end_at is not null
    union all
    select
        subscription_id,
        'trial' as kind,
        span_from as window_from,
        span_to as window_to,
        cast(null as {{ type_decimal() }}) as percent
    from version
    where status in ('trialing', 'trial') and trial_end_at is null
    union all
    -- A later version of the same pause replaces an earlier one; a pause that is gone ended with the next version.
    select
        subscription_id,
        'pause' as kind,
        coalesce(paused_from, updated_at, started_at) as window_from,
        coalesce(paused_to, next_version_at) as window_to,
        cast(null as {{ type_decimal() }}) as percent
    from version
    where (paused_from is not null or status = 'paused')
        and coalesce(paused_from <> next_paused_from, true)
    union all
    select
        subscription_id,
        'past_due' as kind,
        coalesce(past_due_since, updated_at, started_at) as window_from,
        next_version_at as window_to,
        cast(null as {{ type_decimal() }}) as percent
    from version
    where (past_due_since is not null or status = 'past_due')
        and coalesce(past_due_since <> next_past_due_since, true)
    union all
    select
        subscription_id,
        'unpaid' as kind,
        span_from as window_from,
        span_to as window_to,
        cast(null as {{ type_decimal() }}) as percent
    from version
    where status = 'unpaid'
    union all
    select
        subscription_id,
        'discount' as kind,
        span_from as window_from,
        nullif(least(coalesce(span_to, {{ far_future() }}), coalesce(discount_end_at, {{ far_future() }})), {{ far_future() }}) as window_to,
        discount_percent as percent
    from version
    where discount_percent > 0

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
from dated
where window_to is null or window_from < window_to
