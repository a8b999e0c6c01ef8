{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- Buckets as delivered; fct_service_hour brings them to hours. The contract refuses one longer than a month: an error in its length.
select
    'generic' as source,
    trim(service) as service,
    bucket_start,
    bucket_minutes,
    requests,
    errors,
    p50_ms,
    p95_ms,
    p99_ms,
    ttfb_ms,
    utilisation,
    cast(null as {{ type_bigint() }}) as apdex_satisfied,
    cast(null as {{ type_bigint() }}) as apdex_tolerating,
    cast(null as {{ type_bigint() }}) as apdex_total
from {{ ref('raw_generic__service_metrics') }}
where is_current
    and {{ speaking_of_service_days('raw_generic__service_metrics') }}
