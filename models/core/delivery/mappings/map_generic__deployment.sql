{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
select
    'generic' as source,
    deployment_id,
    trim(service) as service,
    lower(trim(environment)) as environment,
    lower(trim(status)) as status,
    version,
    cast(null as {{ type_string() }}) as commit_sha,
    committed_at,
    started_at,
    finished_at,
    coalesce(is_rollback, false) as is_rollback
from {{ ref('raw_generic__deployments') }}
where is_current
