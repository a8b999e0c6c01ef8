{{ config(materialized='ephemeral', enabled='newrelic' in var('sources')) }}
-- An incident is the rows of its changes of state. One without a Close row goes on.

with changes as (

    select
        incident_id,
        lower(event) as event,
        written_at,
        title,
        lower(priority) as priority,
        trim(entity_name) as service,
        opened_at,
        case when lower(event) = 'close' then coalesce(closed_at, written_at) end as closed_at,
        upper(close_cause) as close_cause,
        degraded_at,
        recovered_at
    from {{ ref('raw_newrelic__nrai_incident') }}
    where record_status = 'loaded'

),

folded as (

    select
        incident_id,
        -- critical comes before warning: an incident is as bad as it was at its worst
        min(priority) as priority,
        min(title) as title,
        min(service) as service,
        coalesce(min(opened_at), min(case when event = 'open' then written_at end), min(written_at)) as opened_at,
        min(degraded_at) as degraded_at,
        min(case when event = 'acknowledge' then written_at end) as acknowledged_at,
        min(recovered_at) as recovered_at,
        min(closed_at) as closed_at,
        min(case when closed_at is not null then close_cause end) as close_cause,
        max(written_at) as updated_at
    from changes
    group by incident_id

),

final as (

    select
        'newrelic' as source,
        incident_id,
        case priority when 'critical' then 'sev2' when 'warning' then 'sev4' else priority end as severity,
        title,
        cast(null as {{ type_json() }}) as services,
        service,
        coalesce(degraded_at, opened_at) as started_at,
        opened_at as detected_at,
        acknowledged_at,
        recovered_at as mitigated_at,
        closed_at as resolved_at,
        updated_at,
        false as is_test,
        -- closed by administration or for want of a signal: nobody saw it recover
        recovered_at is not null
        or close_cause is null
        or close_cause in ('EVALUATOR', 'USER', 'INCIDENT_WORKFLOW_INTEGRATION') as is_recovery
    from folded

)

select
    source,
    incident_id,
    severity,
    title,
    services,
    service,
    started_at,
    detected_at,
    acknowledged_at,
    mitigated_at,
    resolved_at,
    updated_at,
    is_test,
    is_recovery
from final
