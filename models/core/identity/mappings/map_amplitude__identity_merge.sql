{{ config(materialized='ephemeral', enabled='amplitude' in var('sources')) }}
-- Merges follow each other in chains and may come back to where they began: as edges they need no order and no guard.
select
    'amplitude' as source,
    'amplitude:id:' || amplitude_id as actor_id,
    'amplitude:id:' || merged_amplitude_id as linked_actor_id,
    server_merged_at as merged_at
from {{ ref('raw_amplitude__merged_users') }}
where is_current and amplitude_id <> merged_amplitude_id
