{{ config(materialized='ephemeral', enabled='datadog' in var('sources')) }}
-- Listed, fetched or found by a search: one incident, and its latest version counts. The vendor's own durations are not read: they
-- are 0 where nobody set them.

with versions as (

    {% for object in ['incidents', 'incidents_search'] -%}
    select
        incident_id,
        title,
        severity,
        state in ('resolved', 'completed') as is_closed,
        created_at,
        coalesce(modified_at, created_at) as modified_at,
        detected_at,
        declared_at,
        resolved_at,
        customer_impact_start_at,
        customer_impact_end_at,
        is_test,
        services,
        file_path,
        line
    from {{ ref('raw_datadog__' ~ object) }}
    where record_status = 'loaded'
    {% if not loop.last %}union all
    {% endif %}{% endfor %}

),

ordered as (

    select
        versions.*,
        max(case when not is_closed or is_closed is null then modified_at end) over (partition by incident_id) as last_open_at,
        row_number() over (partition by incident_id order by modified_at desc, file_path desc, line desc) as age
    from versions

),

closed as (

    -- Closed without a time: the first version since then that says so.
    select
        incident_id,
        min(modified_at) as closed_at
    from ordered
    where is_closed
        and (last_open_at is null or modified_at >= last_open_at)
    group by incident_id

),

final as (

    select
        'datadog' as source,
        ordered.incident_id,
        {{ severity_word('ordered.severity') }} as severity,
        ordered.title,
        case when {{ json_type_of('ordered.services', '$') }} = 'array' then ordered.services end as services,
        cast(null as {{ type_string() }}) as service,
        coalesce(ordered.customer_impact_start_at, ordered.detected_at, ordered.declared_at, ordered.created_at) as started_at,
        ordered.detected_at,
        coalesce(ordered.declared_at, ordered.created_at) as acknowledged_at,
        ordered.customer_impact_end_at as mitigated_at,
        coalesce(ordered.resolved_at, case when ordered.is_closed then closed.closed_at end) as resolved_at,
        ordered.modified_at as updated_at,
        ordered.is_test,
        true as is_recovery
    from ordered
    left join closed on ordered.incident_id = closed.incident_id
    where ordered.age = 1

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
