with landed as (

    -- A row has no key: what says the same is the same.
    select
        {{ stable_id([as_text(field('payload'))]) }} as row_key,
        {{ field('deployment_id') }} as deployment_id,
        -- the REST list writes ISO-8601
        coalesce(
            {{ from_epoch_ms(dbt.safe_cast(field('timestamp'), type_bigint())) }},
            {{ dbt.safe_cast(field('timestamp'), type_timestamp()) }}
        ) as deployed_at,
        {{ field('version') }} as version,
        {{ field('commit') }} as commit_sha,
        {{ field('deployment_type') }} as deployment_type,
        {{ field('description') }} as description,
        {{ field('entity_name') }} as entity_name,
        {{ field('application_id') }} as application_id,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('newrelic', 'deployment') }}

),

final as (

    {{ with_versions('landed', key=['row_key']) }}

)

select
    row_key,
    deployment_id,
    deployed_at,
    version,
    commit_sha,
    deployment_type,
    description,
    entity_name,
    application_id,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
