with as_of as (

    select as_of from {{ ref('dim_as_of') }}

),

measured_by_tool as (

    select
        fct_service_day.*,
        fct_service_day.hour_date as day
    from {{ ref('fct_service_day') }} as fct_service_day
    inner join as_of on fct_service_day.hour_date <= as_of.as_of

),

downtime as (

    select * from {{ ref('fct_service_downtime') }}

),

incidents as (

    select * from {{ ref('fct_incident') }}

),

incident_services as (

    select * from {{ ref('bridge_incident_service') }}

),

deployments as (

    select * from {{ ref('fct_deployment') }}

),

ranked as (

    -- What two tools measured is one day's traffic: the one that covers most of it speaks, on a tie the one that the company prefers.
    select
        measured_by_tool.*,
        row_number() over (
            partition by service, day
            order by covered_minutes desc, {{ preference('source', var('service_sources')) }}, source
        ) as place
    from measured_by_tool

),

measured as (

    select * from ranked where place = 1

),

downtime_days as (

    select
        downtime.service,
        downtime.started_at,
        coalesce(downtime.ended_at, {{ far_future() }}) as ended_at,
        day
    from downtime
    cross join as_of
    {{ cross_join_days(
        reporting_day('downtime.started_at'),
        'least(' ~ reporting_day('coalesce(downtime.ended_at, ' ~ far_future() ~ ')') ~ ', as_of.as_of)',
        'day') }}

),

down as (

    select
        service,
        day,
        cast(sum({{ seconds_between(
            'greatest(started_at, ' ~ reporting_day_start('day') ~ ')',
            'least(ended_at, ' ~ reporting_day_start(add_days('day', 1)) ~ ')') }}) as {{ type_bigint() }}) as downtime_seconds
    from downtime_days
    group by service, day

),

started as (

    select
        incident_services.service,
        incidents.started_date as day,
        count(*) as incidents_started
    from incidents
    inner join incident_services on incidents.source = incident_services.source and incidents.incident_id = incident_services.incident_id
    group by incident_services.service, incidents.started_date

),

delivered as (

    select
        service,
        finished_date as day,
        {{ count_where('is_success') }} as deployments,
        {{ count_where("status = 'failed'") }} as deployments_failed,
        {{ count_where('is_success and is_rollback') }} as rollbacks,
        {{ count_where('is_change_failure') }} as change_failures
    from deployments
    where is_production and finished_date is not null
    group by service, finished_date

),

known as (

    select service, day from measured
    union all
    select service, day from down
    union all
    select service, day from started
    union all
    select service, day from delivered

),

services as (

    select
        service,
        min(day) as first_day
    from known
    group by service

),

days as (

    select
        services.service,
        day
    from services
    cross join as_of
    {{ cross_join_days('services.first_day', 'as_of.as_of', 'day') }}

),

final as (

    select
        days.service,
        days.day,
        measured.source as measured_by,
        coalesce(measured.covered_minutes, 0) as covered_minutes,
        measured.requests,
        measured.errors,
        {{ rate('measured.errors', 'measured.requests') }} as error_rate,
        measured.p50_ms,
        measured.p95_ms,
        measured.p99_ms,
        measured.ttfb_ms,
        measured.apdex_satisfied,
        measured.apdex_tolerating,
        measured.apdex_total,
        {{ apdex('measured.apdex_satisfied', 'measured.apdex_tolerating', 'measured.apdex_total') }} as apdex,
        coalesce(down.downtime_seconds, 0) as downtime_seconds,
        {{ seconds_between(reporting_day_start('days.day'), reporting_day_start(add_days('days.day', 1))) }} as day_seconds,
        coalesce(started.incidents_started, 0) as incidents_started,
        coalesce(delivered.deployments, 0) as deployments,
        coalesce(delivered.deployments_failed, 0) as deployments_failed,
        coalesce(delivered.rollbacks, 0) as rollbacks,
        coalesce(delivered.change_failures, 0) as change_failures
    from days
    left join measured on days.service = measured.service and days.day = measured.day
    left join down on days.service = down.service and days.day = down.day
    left join started on days.service = started.service and days.day = started.day
    left join delivered on days.service = delivered.service and days.day = delivered.day

)

select
    service,
    day,
    measured_by,
    covered_minutes,
    requests,
    errors,
    error_rate,
    p50_ms,
    p95_ms,
    p99_ms,
    ttfb_ms,
    apdex_satisfied,
    apdex_tolerating,
    apdex_total,
    apdex,
    downtime_seconds,
    downtime_seconds / 60.0 as downtime_minutes,
    day_seconds,
    {{ availability('downtime_seconds', 'day_seconds') }} as availability,
    incidents_started,
    deployments,
    deployments_failed,
    rollbacks,
    change_failures
from final
