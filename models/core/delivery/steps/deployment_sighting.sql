-- What several tools saw is one deployment: same service and environment, same version or commit, within `deployment_match_minutes`.
-- The first tool of `deployment_sources` that knows how it ended speaks for it.

with delivered as (

    {{ mapped('deployment', {
        'source': type_string(), 'deployment_id': type_string(), 'service': type_string(), 'environment': type_string(),
        'status': type_string(), 'version': type_string(), 'commit_sha': type_string(), 'committed_at': type_timestamp(),
        'started_at': type_timestamp(), 'finished_at': type_timestamp(), 'is_rollback': type_boolean(),
    }) }}

),

placed as (

    select
        delivered.*,
        environment in {{ production_environments() }} as is_production,
        coalesce(finished_at, started_at) as seen_at,
        -- tools shorten commits; seven digits of one service within an hour are enough
        substr(lower(commit_sha), 1, 7) as short_sha,
        lower(version) as version_key,
        case when status = 'unknown' then 100 else 0 end + {{ preference('source', var('deployment_sources')) }} as place
    from delivered

),

pairs as (

    select
        placed.source,
        placed.deployment_id,
        speaker.source as speaker_source,
        speaker.deployment_id as speaker_id,
        row_number() over (
            partition by placed.source, placed.deployment_id
            order by speaker.place, abs({{ seconds_between('placed.seen_at', 'speaker.seen_at') }}), speaker.deployment_id
        ) as nth
    from placed
    inner join placed as speaker
        on placed.service = speaker.service
        and placed.is_production = speaker.is_production
        and (placed.is_production or placed.environment = speaker.environment)
        and (placed.version_key = speaker.version_key or placed.short_sha = speaker.short_sha)
        and placed.place > speaker.place
        and speaker.status <> 'unknown'
        and abs({{ seconds_between('placed.seen_at', 'speaker.seen_at') }}) <= {{ var('deployment_match_minutes') }} * 60

),

final as (

    select
        placed.source,
        placed.deployment_id,
        placed.service,
        placed.environment,
        placed.is_production,
        placed.status,
        placed.is_rollback,
        placed.version,
        placed.commit_sha,
        placed.committed_at,
        placed.started_at,
        placed.finished_at,
        pairs.speaker_source,
        pairs.speaker_id
    from placed
    left join pairs on placed.source = pairs.source and placed.deployment_id = pairs.deployment_id and pairs.nth = 1

)

select
    source,
    deployment_id,
    service,
    environment,
    is_production,
    status,
    is_rollback,
    version,
    commit_sha,
    committed_at,
    started_at,
    finished_at,
    speaker_source,
    speaker_id
from final
