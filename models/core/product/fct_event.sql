{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    require_partition_filter=day_required(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'event_days'},
) }}
-- Exact because an event's row follows from records of its own day alone, and every day that a raw log touched since the last
-- published release is replaced whole. A changed tracking plan or event_authority is a changed definition:
-- `refresh` then rebuilds.

with delivered as (

    {{ delivered_events() }}

),

tracking_plan as (

    select
        source,
        event_name,
        action,
        is_value_event,
        feature
    from {{ ref('tracking_plan') }}

),

final as (

    select
        {{ stable_id(['delivered.source', 'delivered.source_event_id']) }} as event_id,
        delivered.source,
        delivered.source_event_id,
        delivered.actor_id,
        delivered.linked_actor_id,
        delivered.user_id,
        delivered.account_id,
        delivered.event_name,
        coalesce(tracking_plan.action, 'other') as action,
        coalesce(tracking_plan.is_value_event, false) as is_value_event,
        tracking_plan.feature,
        delivered.occurred_at,
        delivered.received_at,
        delivered.event_date,
        coalesce(delivered.platform, 'unknown') as platform,
        coalesce(delivered.device_type, 'unknown') as device_type,
        coalesce(delivered.country, 'unknown') as country,
        {{ without_addresses('delivered.properties') }} as properties
    from delivered
    left join tracking_plan
        on delivered.source = tracking_plan.source and delivered.event_name = tracking_plan.event_name
    where not delivered.is_set_aside
        and {{ on_days('delivered.event_date', event_days) }}

)

select
    event_id,
    source,
    source_event_id,
    actor_id,
    linked_actor_id,
    user_id,
    account_id,
    event_name,
    action,
    is_value_event,
    feature,
    occurred_at,
    received_at,
    event_date,
    platform,
    device_type,
    country,
    properties
from final
