with landed as (

    select
        {{ field('incident_id') }} as incident_id,
        {{ field('started_at') }} as started_at,
        {{ field('severity') }} as severity,
        {{ field('services') }} as services,
        {{ field('service') }} as service,
        {{ field('title') }} as title,
        {{ field('detected_at') }} as detected_at,
        {{ field('acknowledged_at') }} as acknowledged_at,
        {{ field('mitigated_at') }} as mitigated_at,
        {{ field('resolved_at') }} as resolved_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'incidents') }}

),

final as (

    {{ with_versions('landed', key=['incident_id'], version=['updated_at']) }}

)

select
    incident_id,
    started_at,
    severity,
    services,
    service,
    title,
    detected_at,
    acknowledged_at,
    mitigated_at,
    resolved_at,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
