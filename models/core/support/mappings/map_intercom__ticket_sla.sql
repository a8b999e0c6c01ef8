{{ config(materialized='ephemeral', enabled='intercom' in var('sources')) }}
-- Intercom tells its verdict and neither measure nor target.
select
    'intercom' as source,
    conversation_id as ticket_id,
    'any' as measure,
    sla_name as policy,
    cast(null as {{ type_bigint() }}) as target_seconds,
    false as in_business_hours,
    case sla_status when 'hit' then true when 'missed' then false end as is_met_at_source,
    coalesce(sla_status = 'missed', false) as is_breached_at_source
from {{ ref('raw_intercom__conversations') }}
where is_current and sla_status in ('hit', 'missed', 'active')
