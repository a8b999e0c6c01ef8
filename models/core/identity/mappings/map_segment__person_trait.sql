{{ config(materialized='ephemeral', enabled='segment' in var('sources')) }}
-- An identify call says who somebody is, a group call where they belong. The traits of a group are the account's, not a person's.

with said as (

    select
        message_id,
        {{ user_key('user_id') }} as known_user_id,
        {{ user_key('anonymous_id') }} as known_anonymous_id,
        case when call_type = 'identify' then coalesce({{ json_text('traits', '$.email') }}, {{ address_in('user_id') }}) end as email,
        case when call_type = 'identify' then {{ json_text('traits', '$.name') }} end as full_name,
        case when call_type = 'identify' then {{ json_text('traits', '$.firstName') }} end as first_name,
        case when call_type = 'identify' then {{ json_text('traits', '$.lastName') }} end as last_name,
        case when call_type = 'group' then group_id end as account_id,
        case when call_type = 'identify' then {{ json_text('traits', '$.createdAt') }} end as created_at,
        occurred_at,
        event_date
    from {{ ref('raw_segment__raw_logs') }}
    where record_status = 'loaded' and call_type in ('identify', 'group')

)

select
    'segment' as source,
    message_id as source_event_id,
    case
        when known_user_id is not null then 'segment:user:' || known_user_id
        else 'segment:anonymous:' || known_anonymous_id
    end as actor_id,
    known_user_id as user_id,
    lower(trim(email)) as email,
    coalesce(full_name, first_name || ' ' || last_name) as name,
    account_id,
    -- Other spellings than ISO 8601 in UTC are not guessed at. Six places of a second are read, Go writes nine.
    case
        when {{ matches('created_at', "'^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?Z)?$'") }}
            then {{ dbt.safe_cast('substr(created_at, 1, 26)', type_timestamp()) }}
    end as signed_up_at,
    occurred_at,
    event_date
from said
