{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- A generic subscription is its own single item.

with version as (

    select * from {{ ref('map_generic__subscription_version') }}

)

select
    'generic' as source,
    version.subscription_id,
    version.subscription_id as item_id,
    version.account_id as customer_id,
    version.plan,
    version.plan as price_id,
    version.currency,
    version.amount * {{ ten_to(exponent_of('exponent')) }} as unit_amount,
    version.quantity,
    version.billing_interval,
    version.interval_count,
    false as is_metered,
    version.span_from as terms_from,
    version.span_to as terms_to,
    case
        when version.span_to <> version.stop_at or version.stop_at is null then null
        when version.cancel_kind is not null then version.cancel_kind
        when version.past_due_since is not null or version.status in ('past_due', 'unpaid') then 'involuntary'
        else 'voluntary'
    end as end_kind,
    case when version.span_to = version.stop_at then version.cancel_reason end as cancel_reason
from version
{{ join_exponent("'generic'", 'version.currency', 'exponent') }}
where version.span_to is null or version.span_from < version.span_to
