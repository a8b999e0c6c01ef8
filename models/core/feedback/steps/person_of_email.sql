-- For tools that know people by their address alone. An address that two persons share does not say which of them it was.

with known as (

    select
        contact.email_hash,
        bridge.person_id
    from {{ ref('person_contact') }} as contact
    inner join {{ ref('bridge_actor_person') }} as bridge on contact.actor_id = bridge.actor_id
    where contact.email_hash is not null
    group by contact.email_hash, bridge.person_id

),

final as (

    select
        email_hash,
        min(person_id) as person_id
    from known
    group by email_hash
    having count(*) = 1

)

select
    email_hash,
    person_id
from final
