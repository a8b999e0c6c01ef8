with landed as (

    select
        {{ field('event_id') }} as event_id,
        {{ field('event_type') }} as event_type,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ field('api_version') }} as api_version,
        {{ field('connected_account_id') }} as connected_account_id,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('data') }} as data,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'events') }}

),

final as (

    {{ with_versions('landed', key=['event_id']) }}

)

select
    event_id,
    event_type,
    created_at,
    api_version,
    connected_account_id,
    is_live,
    data,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
