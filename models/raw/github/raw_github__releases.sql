with landed as (

    select
        {{ field('release_id') }} as release_id,
        {{ field('tag_name') }} as tag_name,
        {{ field('name') }} as name,
        {{ field('target_commitish') }} as target_commitish,
        coalesce({{ field('draft') }}, false) as is_draft,
        coalesce({{ field('prerelease') }}, false) as is_prerelease,
        {{ field('created_at') }} as created_at,
        {{ field('published_at') }} as published_at,
        {{ field('url') }} as url,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('github', 'releases') }}

),

final as (

    {{ with_versions('landed', key=['release_id']) }}

)

select
    release_id,
    tag_name,
    name,
    target_commitish,
    is_draft,
    is_prerelease,
    created_at,
    published_at,
    url,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
