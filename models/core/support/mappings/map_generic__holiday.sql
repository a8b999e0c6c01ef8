{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
select
    calendar as schedule_id,
    day
from {{ ref('raw_generic__holidays') }}
where is_current
