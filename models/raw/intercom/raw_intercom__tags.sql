with landed as (

    select
        {{ field('tag_id') }} as tag_id,
        {{ field('name') }} as name,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('intercom', 'tags') }}

),

final as (

    {{ with_versions('landed', key=['tag_id']) }}

)

select
    tag_id,
    name,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
