-- Rebuilt from compact state. An event that names no account counts for the person's, as in fct_account_day.

with uses as (

    select
        coalesce(uses.account_id, person.account_id) as account_id,
        uses.feature,
        uses.event_date,
        uses.hour_start,
        person.person_id,
        uses.use_count
    from {{ ref('fct_actor_feature_hour') }} as uses
    inner join {{ ref('bridge_actor_person') }} as bridge on uses.actor_id = bridge.actor_id
    inner join {{ ref('dim_person') }} as person on bridge.person_id = person.person_id
    where not person.is_excluded

),

final as (

    select
        account_id,
        feature,
        event_date,
        hour_start,
        cast(sum(use_count) as {{ type_bigint() }}) as use_count,
        count(distinct person_id) as active_persons
    from uses
    where account_id is not null
    group by account_id, feature, event_date, hour_start

)

select
    account_id,
    feature,
    event_date,
    hour_start,
    use_count,
    active_persons
from final
