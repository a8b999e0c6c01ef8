-- Incidents of a service that overlap or touch are one stretch of downtime, whichever tool knows them, so no minute counts twice.

with incidents as (

    select * from {{ ref('fct_incident') }}

),

services as (

    select * from {{ ref('bridge_incident_service') }}

),

harmed as (

    select
        services.service,
        incidents.source,
        incidents.incident_id,
        incidents.started_at,
        coalesce(incidents.harm_ended_at, {{ far_future() }}) as ended_at
    from services
    inner join incidents on services.source = incidents.source and services.incident_id = incidents.incident_id
    where incidents.is_downtime

),

in_order as (

    -- A clock that runs backwards harms nobody.
    select
        harmed.*,
        max(ended_at) over (
            partition by service
            order by started_at, ended_at, source, incident_id
            rows between unbounded preceding and 1 preceding
        ) as harm_before
    from harmed
    where ended_at >= started_at

),

numbered as (

    select
        in_order.*,
        sum(case when harm_before >= started_at then 0 else 1 end) over (
            partition by service
            order by started_at, ended_at, source, incident_id
            rows between unbounded preceding and current row
        ) as nth
    from in_order

),

final as (

    select
        service,
        min(started_at) as started_at,
        nullif(max(ended_at), {{ far_future() }}) as ended_at,
        count(*) as incident_count
    from numbered
    group by service, nth

)

select
    service,
    started_at,
    ended_at,
    incident_count
from final
