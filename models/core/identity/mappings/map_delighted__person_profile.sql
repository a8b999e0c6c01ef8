{{ config(materialized='ephemeral', enabled='delighted' in var('sources')) }}
-- Delighted knows people by their address. Who answers without being listed comes with the answer, where that was exported with
-- the person. Whoever left no address is nobody's profile.

with answered as (

    select
        person_id,
        person_email as email,
        responded_at,
        row_number() over (partition by person_id order by responded_at desc, response_id desc) as recency
    from {{ ref('raw_delighted__survey_responses') }}
    where is_current and person_email is not null

),

listed as (

    select
        person_id,
        email,
        name,
        created_at,
        coalesce(last_responded_at, last_sent_at, created_at) as updated_at
    from {{ ref('raw_delighted__people') }}
    where is_current

),

final as (

    select
        coalesce(listed.person_id, answered.person_id) as person_id,
        coalesce(listed.email, answered.email) as email,
        listed.name,
        coalesce(listed.updated_at, answered.responded_at) as updated_at
    from listed
    full outer join (select * from answered where recency = 1) as answered on listed.person_id = answered.person_id

)

select
    'delighted' as source,
    'delighted:person:' || person_id as actor_id,
    cast(null as {{ type_string() }}) as user_id,
    lower(trim(email)) as email,
    name,
    cast(null as {{ type_string() }}) as account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    false as is_internal,
    updated_at
from final
where email is not null
