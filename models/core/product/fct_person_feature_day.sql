-- Rebuilt from compact state: here the person enters, so a late merge rewrites these rows and no event.

with final as (

    select
        person.person_id,
        uses.feature,
        uses.event_date,
        cast(sum(uses.use_count) as {{ type_bigint() }}) as use_count
    from {{ ref('fct_actor_feature_hour') }} as uses
    inner join {{ ref('bridge_actor_person') }} as bridge on uses.actor_id = bridge.actor_id
    inner join {{ ref('dim_person') }} as person on bridge.person_id = person.person_id
    where not person.is_excluded
    group by person.person_id, uses.feature, uses.event_date

)

select
    person_id,
    feature,
    event_date,
    use_count
from final
