with landed as (

    select
        {{ field('id') }} as id,
        {{ field('parent_id') }} as parent_id,
        {{ field('title') }} as title,
        {{ field('status') }} as status,
        {{ field('horizon') }} as horizon,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('metric') }} as metric,
        {{ field('start') }} as start_value,
        {{ field('target') }} as target_value,
        {{ field('due') }} as due_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'key_results') }}

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
    metric,
    start_value,
    target_value,
    due_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
