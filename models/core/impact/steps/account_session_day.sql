with session as (

    select
        coalesce(session.account_id, person.account_id) as account_id,
        session.session_date
    from {{ ref('fct_session') }} as session
    inner join {{ ref('bridge_actor_person') }} as bridge on session.actor_id = bridge.actor_id
    inner join {{ ref('dim_person') }} as person on bridge.person_id = person.person_id
    where not person.is_excluded

),

final as (

    select
        account_id,
        session_date,
        count(*) as session_count
    from session
    where account_id is not null
    group by account_id, session_date

)

select
    account_id,
    session_date,
    session_count
from final
