-- Counted anew from four weeks at a time, once for all who ask about an actor's whole life.

with final as (

    select
        actor_id,
        source,
        account_id,
        user_id,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at,
        cast(sum(event_count) as {{ type_bigint() }}) as event_count,
        min(signed_up_at) as signed_up_at
    from {{ ref('actor_period') }}
    group by actor_id, source, account_id, user_id

)

select
    actor_id,
    source,
    account_id,
    user_id,
    first_event_at,
    last_event_at,
    event_count,
    signed_up_at
from final
