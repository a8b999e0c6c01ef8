{{ config(materialized='ephemeral', enabled='datadog' in var('sources')) }}
-- DORA Metrics lists deployments that are over; one that names no environment is taken for production, which is what it is for.
select
    'datadog' as source,
    deployment_id,
    trim(service) as service,
    coalesce(lower(trim(env)), 'production') as environment,
    'succeeded' as status,
    version,
    commit_sha,
    cast(null as {{ type_timestamp() }}) as committed_at,
    started_at,
    finished_at,
    false as is_rollback
from {{ ref('raw_datadog__dora_deployments') }}
where is_current
