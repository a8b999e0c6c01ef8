with delivered as (

    {{ mapped('incident', incident_columns()) }}

),

incidents as (

    -- An exercise hits no service.
    select
        source,
        incident_id,
        services,
        service
    from delivered
    where not coalesce(is_test, false)

),

listed as (

    select
        incidents.source,
        incidents.incident_id,
        {{ json_text('hit', '$') }} as service
    from {{ json_items('incidents', 'services', '$', 'hit') }}

),

final as (

    -- A tool may name a service twice, and once more beside the list: it was hit once.
    select
        source,
        incident_id,
        trim(service) as service
    from listed
    where trim(service) <> ''
    union distinct
    select
        source,
        incident_id,
        trim(service) as service
    from incidents
    where trim(service) <> ''

)

select
    source,
    incident_id,
    service
from final
