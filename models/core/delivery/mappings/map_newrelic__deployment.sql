{{ config(materialized='ephemeral', enabled='newrelic' in var('sources')) }}
-- A mark that somebody sets when it is over; New Relic knows applications of production. A mark set twice under one id is one, the later.

with marks as (

    select
        deployment_id,
        deployed_at,
        version,
        commit_sha,
        description,
        coalesce(trim(entity_name), 'application ' || application_id) as service,
        row_number() over (partition by deployment_id order by deployed_at desc, file_path desc, line desc) as age
    from {{ ref('raw_newrelic__deployment') }}
    where record_status = 'loaded'

),

final as (

    select
        'newrelic' as source,
        deployment_id,
        coalesce(service, 'unknown') as service,
        'production' as environment,
        case when deployed_at is null then 'unknown' else 'succeeded' end as status,
        version,
        commit_sha,
        cast(null as {{ type_timestamp() }}) as committed_at,
        cast(null as {{ type_timestamp() }}) as started_at,
        deployed_at as finished_at,
        {{ matches("lower(coalesce(description, ''))", "'roll(ed)?[ -]?back'") }} as is_rollback
    from marks
    where age = 1

)

select
    source,
    deployment_id,
    service,
    environment,
    status,
    version,
    commit_sha,
    committed_at,
    started_at,
    finished_at,
    is_rollback
from final
