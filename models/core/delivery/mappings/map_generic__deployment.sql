{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- Each tool has its own word for how a deployment ended. One that is not known here is neither success nor failure; an expectation names it.
select
    'generic' as source,
    deployment_id,
    trim(service) as service,
    lower(trim(environment)) as environment,
    case
        when lower(trim(status)) in ('succeeded', 'success', 'successful', 'completed', 'complete', 'ok', 'finished') then 'succeeded'
        when lower(trim(status)) in ('failed', 'failure', 'fail', 'error', 'errored', 'unsuccessful', 'timed_out', 'timeout', 'aborted') then 'failed'
        else 'unknown'
    end as status,
    version,
    cast(null as {{ type_string() }}) as commit_sha,
    committed_at,
    started_at,
    finished_at,
    coalesce(is_rollback, false) as is_rollback
from {{ ref('raw_generic__deployments') }}
where is_current
