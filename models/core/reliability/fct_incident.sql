with incidents as (

    {{ mapped('incident', incident_columns()) }}

),

with_end as (

    -- Harm ends with the mitigation; who notes none is taken to have ended it by resolving.
    select
        incidents.*,
        coalesce(mitigated_at, resolved_at) as harm_ended_at,
        case severity when 'sev1' then 1 when 'sev2' then 2 when 'sev3' then 3 when 'sev4' then 4 when 'sev5' then 5 end as level
    from incidents

),

final as (

    select
        source,
        incident_id,
        severity,
        cast(level as {{ type_bigint() }}) as severity_level,
        title,
        started_at,
        {{ reporting_day('started_at') }} as started_date,
        detected_at,
        acknowledged_at,
        mitigated_at,
        resolved_at,
        harm_ended_at,
        {{ time_to_detect_seconds('started_at', 'detected_at') }} as time_to_detect_seconds,
        {{ time_to_acknowledge_seconds('started_at', 'detected_at', 'acknowledged_at') }} as time_to_acknowledge_seconds,
        case when coalesce(is_recovery, true) then {{ time_to_restore_seconds('started_at', 'harm_ended_at') }} end as time_to_restore_seconds,
        case when coalesce(is_recovery, true) then {{ time_to_resolve_seconds('started_at', 'resolved_at') }} end as time_to_resolve_seconds,
        updated_at,
        coalesce(is_test, false) as is_test,
        case when harm_ended_at is not null then coalesce(is_recovery, true) end as is_recovered,
        not coalesce(is_test, false) and coalesce(level, 1) <= {{ var('downtime_severity_level') }} as is_downtime
    from with_end

)

select
    source,
    incident_id,
    severity,
    severity_level,
    title,
    started_at,
    started_date,
    detected_at,
    acknowledged_at,
    mitigated_at,
    resolved_at,
    harm_ended_at,
    time_to_detect_seconds,
    time_to_acknowledge_seconds,
    time_to_restore_seconds,
    time_to_resolve_seconds,
    updated_at,
    is_test,
    is_recovered,
    is_downtime
from final
