with landed as (

    select
        {{ field('distinct_id') }} as distinct_id,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ field('last_seen') }} as last_seen_at,
        {{ field('account_id') }} as account_id,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('mixpanel', 'engage') }}

),

final as (

    {{ with_snapshots('landed', key=['distinct_id']) }}

)

select
    distinct_id,
    email,
    name,
    last_seen_at,
    account_id,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
