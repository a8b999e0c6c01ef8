with landed as (

    select
        {{ field('pull_request_id') }} as pull_request_id,
        {{ field('number') }} as number,
        {{ field('state') }} as state,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('merged_at') }} as merged_at,
        {{ field('merge_commit_sha') }} as merge_commit_sha,
        {{ field('base_ref') }} as base_ref,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('github', 'pull_requests') }}

),

final as (

    {{ with_versions('landed', key=['pull_request_id'], version=['updated_at']) }}

)

select
    pull_request_id,
    number,
    state,
    created_at,
    updated_at,
    merged_at,
    merge_commit_sha,
    base_ref,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
