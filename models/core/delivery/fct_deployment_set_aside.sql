with sightings as (

    select * from {{ ref('deployment_sighting') }}

),

final as (

    select
        source,
        deployment_id,
        service,
        version,
        finished_at,
        speaker_source as counted_by_source,
        speaker_id as counted_by_id
    from sightings
    where speaker_source is not null

)

select
    source,
    deployment_id,
    service,
    version,
    finished_at,
    counted_by_source,
    counted_by_id
from final
