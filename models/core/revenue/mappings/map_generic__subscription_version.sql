{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- Every version of a subscription with the time it holds for: the first from the start, each next from its `updated_at`. Dates that
-- a record states (end, trial, pause) are facts even about the time before the record.
{%- set is_ended = "lower(trim(status)) in ('canceled', 'cancelled', 'ended', 'expired', 'incomplete_expired')" %}

with delivered as (

    select
        subscription_id,
        account_id,
        plan,
        started_at,
        upper(currency) as currency,
        amount,
        billing_interval,
        coalesce(interval_count, 1) as interval_count,
        coalesce(quantity, 1) as quantity,
        lower(trim(status)) as status,
        trial_end as trial_end_at,
        cancel_reason,
        lower(cancel_kind) as cancel_kind,
        discount_percent,
        discount_end as discount_end_at,
        paused_from,
        paused_to,
        past_due_since,
        updated_at,
        coalesce(updated_at, started_at) as version_at,
        case
            when ended_at is not null then ended_at
            when {{ is_ended }} then coalesce(updated_at, started_at)
        end as ended_at,
        case when status is null then ended_at is not null else {{ is_ended }} end as is_ended,
        -- Of versions with the same time the last one counts.
        row_number() over (
            partition by subscription_id, coalesce(updated_at, started_at)
            order by case when updated_at is null then 1 else 0 end, file_path desc, line desc
        ) as recency
    from {{ ref('raw_generic__subscriptions') }}

),

ordered as (

    select
        delivered.*,
        row_number() over (partition by subscription_id order by version_at) as version_number,
        lead(version_at) over (partition by subscription_id order by version_at) as next_version_at,
        lead(ended_at) over (partition by subscription_id order by version_at) as next_ended_at,
        lead(cancel_kind) over (partition by subscription_id order by version_at) as next_cancel_kind,
        lead(cancel_reason) over (partition by subscription_id order by version_at) as next_cancel_reason,
        row_number() over (partition by subscription_id order by version_at desc) = 1 as is_last
    from delivered
    where recency = 1

),

with_end as (

    select
        ordered.*,
        max(case when is_last then ended_at end) over (partition by subscription_id) as service_ended_at,
        max(case when is_last then cancel_kind end) over (partition by subscription_id) as last_cancel_kind,
        max(case when is_last then cancel_reason end) over (partition by subscription_id) as last_cancel_reason
    from ordered

),

with_stop as (

    -- The first end that this version, the next or the last one states.
    select
        with_end.*,
        nullif(least(
            coalesce(ended_at, {{ far_future() }}),
            coalesce(next_ended_at, {{ far_future() }}),
            coalesce(service_ended_at, {{ far_future() }})
        ), {{ far_future() }}) as stop_at
    from with_end

)

select
    subscription_id,
    version_number,
    account_id,
    plan,
    started_at,
    currency,
    amount,
    billing_interval,
    interval_count,
    quantity,
    status,
    trial_end_at,
    discount_percent,
    discount_end_at,
    paused_from,
    paused_to,
    past_due_since,
    updated_at,
    version_at,
    is_ended,
    stop_at,
    coalesce(cancel_kind, next_cancel_kind, last_cancel_kind) as cancel_kind,
    coalesce(cancel_reason, next_cancel_reason, last_cancel_reason) as cancel_reason,
    case when version_number = 1 or version_at < started_at then started_at else version_at end as span_from,
    nullif(least(coalesce(next_version_at, {{ far_future() }}), coalesce(stop_at, {{ far_future() }})), {{ far_future() }}) as span_to
from with_stop
