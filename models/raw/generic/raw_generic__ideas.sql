with landed as (

    select
        {{ field('id') }} as id,
        {{ field('parent_id') }} as parent_id,
        {{ field('title') }} as title,
        {{ field('status') }} as status,
        {{ field('horizon') }} as horizon,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('effort') }} as effort,
        {{ field('moscow') }} as moscow,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'ideas') }}

),

final as (

    {{ with_versions('landed', key=['id'], version=['updated_at']) }}

)

select
    id,
    parent_id,
    title,
    status,
    horizon,
    created_at,
    updated_at,
    effort,
    moscow,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
