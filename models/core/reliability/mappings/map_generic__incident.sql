{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
select
    'generic' as source,
    incident_id,
    {{ severity_word('severity') }} as severity,
    title,
    case when {{ json_type_of('services', '$') }} = 'array' then services end as services,
    -- A CSV may name one service where a list is expected.
    coalesce(service, {{ json_text('services', '$') }}) as service,
    started_at,
    detected_at,
    acknowledged_at,
    mitigated_at,
    resolved_at,
    updated_at,
    false as is_test,
    true as is_recovery
from {{ ref('raw_generic__incidents') }}
where is_current
