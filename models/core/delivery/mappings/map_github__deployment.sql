{{ config(materialized='ephemeral', enabled='github' in var('sources')) }}
-- A deployment does not say how it ended; its statuses do. It was deployed at its first success. `inactive` is written on it when a
-- later one succeeds: no failure, and no success either. Lead time begins with the merge whose commit was deployed.

with deployments as (

    select *
    from {{ ref('raw_github__deployments') }}
    where is_current

),

embedded as (

    select
        deployments.deployment_id,
        {{ json_text('one', '$.state') }} as state,
        {{ dbt.safe_cast(json_text('one', '$.created_at'), type_timestamp()) }} as created_at
    from {{ json_items('deployments', 'statuses', '$', 'one') }}

),

statuses as (

    select
        deployment_id,
        state,
        created_at
    from {{ ref('raw_github__deployment_statuses') }}
    where is_current
    union all
    select
        deployment_id,
        state,
        created_at
    from embedded

),

ends as (

    select
        deployment_id,
        min(case when state = 'in_progress' then created_at end) as started_at,
        min(case when state = 'success' then created_at end) as succeeded_at,
        max(case when state in ('failure', 'error') then created_at end) as failed_at
    from statuses
    group by deployment_id

),

merged as (

    select
        merge_commit_sha,
        min(merged_at) as merged_at
    from {{ ref('raw_github__pull_requests') }}
    where is_current
        and merged_at is not null
        and merge_commit_sha is not null
    group by merge_commit_sha

),

final as (

    select
        'github' as source,
        deployments.deployment_id,
        coalesce(
            trim(deployments.service),
            {{ last_part('deployments.repository', '/') }},
            {{ last_part('deployments.repository_url', '/') }},
            'unknown'
        ) as service,
        lower(trim(deployments.environment)) as environment,
        case
            when ends.succeeded_at is not null then 'succeeded'
            when ends.failed_at is not null then 'failed'
            else 'unknown'
        end as status,
        coalesce(deployments.version, deployments.ref) as version,
        deployments.sha as commit_sha,
        merged.merged_at as committed_at,
        coalesce(ends.started_at, deployments.created_at) as started_at,
        coalesce(ends.succeeded_at, ends.failed_at) as finished_at,
        deployments.is_rollback or lower(coalesce(deployments.task, '')) like '%rollback%' as is_rollback
    from deployments
    left join ends on deployments.deployment_id = ends.deployment_id
    left join merged on deployments.sha = merged.merge_commit_sha

)

select
    source,
    deployment_id,
    service,
    environment,
    status,
    version,
    commit_sha,
    committed_at,
    started_at,
    finished_at,
    is_rollback
from final
