{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- The contract has no field for a wave, so a wave is a survey in the month it was sent.
select
    'generic' as source,
    response_id,
    survey,
    cast(null as {{ type_string() }}) as vendor_wave,
    kind,
    score,
    responded_at,
    sent_at,
    account_id,
    {{ user_key('user_id') }} as user_id,
    'generic:user:' || {{ user_key('user_id') }} as actor_id,
    {{ keyed_hash('coalesce(email, ' ~ address_in('user_id') ~ ')') }} as email_hash,
    touchpoint,
    false as is_test
from {{ ref('raw_generic__survey_responses') }}
where is_current
