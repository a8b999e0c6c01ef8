{{ config(materialized='ephemeral', enabled='amplitude' in var('sources')) }}
-- Every event carries the properties of its user. Amplitude's own clock of when it first saw the user is no sign-up.

with said as (

    select
        dedupe_id,
        {{ user_key('user_id') }} as known_user_id,
        amplitude_id,
        {{ user_key('device_id') }} as known_device_id,
        coalesce(email, {{ address_in('user_id') }}) as known_email,
        name,
        occurred_at,
        event_date
    from {{ ref('raw_amplitude__events') }}
    where record_status = 'loaded' and (email is not null or name is not null or user_id like '%@%')

)

select
    'amplitude' as source,
    dedupe_id as source_event_id,
    case
        when known_user_id is not null then 'amplitude:user:' || known_user_id
        when amplitude_id is not null then 'amplitude:id:' || amplitude_id
        else 'amplitude:device:' || known_device_id
    end as actor_id,
    known_user_id as user_id,
    lower(trim(known_email)) as email,
    name,
    cast(null as {{ type_string() }}) as account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    occurred_at,
    event_date
from said
