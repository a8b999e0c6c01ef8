{{ config(
    materialized='incremental',
    incremental_strategy=replaced_where_changed(),
    unique_key='actor_id',
    post_hook="{{ log_rebuilt() }}",
    meta={'days_of': 'actor_days'},
) }}
-- Computed whole and compared with what stands: the days of an actor who has become another person, of another account or is excluded
-- now are touched days of everything that counts persons and accounts by day. On a day of a company of 580 accounts 6 of 240 days are.

with person as (

    select
        person_id,
        account_id,
        is_excluded
    from {{ ref('dim_person') }}

),

final as (

    select
        bridge.actor_id,
        bridge.person_id,
        person.account_id,
        person.is_excluded
    from {{ ref('bridge_actor_person') }} as bridge
    inner join person on bridge.person_id = person.person_id

)

select
    actor_id,
    person_id,
    account_id,
    is_excluded
from final
