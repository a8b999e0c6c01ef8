{{ config(materialized='ephemeral', enabled='stripe' in var('sources')) }}
-- What each item cost while a state of its subscription lasted.

with version as (

    select * from {{ ref('map_stripe__subscription_version') }}

),

item as (

    select * from {{ ref('map_stripe__subscription_item') }}

)

select
    'stripe' as source,
    version.subscription_id,
    item.item_id,
    version.customer_id,
    item.product_id as plan,
    item.price_id,
    item.currency,
    item.unit_amount,
    item.quantity,
    item.billing_interval,
    item.interval_count,
    item.is_metered,
    version.span_from as terms_from,
    version.span_to as terms_to,
    case
        when version.span_to = version.service_ended_at and version.last_cancel_reason in ('payment_failed', 'payment_disputed') then 'involuntary'
        when version.span_to = version.service_ended_at and version.last_cancel_reason is not null then 'voluntary'
        when version.span_to = version.service_ended_at and version.status in ('past_due', 'unpaid') then 'involuntary'
        when version.span_to = version.service_ended_at then 'voluntary'
    end as end_kind,
    case when version.span_to = version.service_ended_at then version.last_cancel_reason end as cancel_reason
from version
inner join item
    on version.subscription_id = item.subscription_id
    and version.version_number = item.version_number
where version.span_to is null or version.span_from < version.span_to
