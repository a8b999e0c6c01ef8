{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
select
    day,
    upper(from_currency) as from_currency,
    upper(to_currency) as to_currency,
    rate
from {{ ref('raw_generic__fx_rates') }}
where is_current
