with landed as (

    select
        {{ field('incident_id') }} as incident_id,
        {{ field('public_id') }} as public_id,
        {{ field('title') }} as title,
        {{ field('severity') }} as severity,
        {{ field('state') }} as state,
        {{ field('created') }} as created_at,
        {{ field('modified') }} as modified_at,
        {{ field('detected') }} as detected_at,
        {{ field('declared') }} as declared_at,
        {{ field('resolved') }} as resolved_at,
        {{ field('customer_impact_start') }} as customer_impact_start_at,
        {{ field('customer_impact_end') }} as customer_impact_end_at,
        coalesce({{ field('is_test') }}, false) as is_test,
        coalesce({{ field('services') }}, {{ field('services_alone') }}) as services,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('datadog', 'incidents_search') }}

),

final as (

    {{ with_versions('landed', key=['incident_id'], version=['modified_at']) }}

)

select
    incident_id,
    public_id,
    title,
    severity,
    state,
    created_at,
    modified_at,
    detected_at,
    declared_at,
    resolved_at,
    customer_impact_start_at,
    customer_impact_end_at,
    is_test,
    services,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
