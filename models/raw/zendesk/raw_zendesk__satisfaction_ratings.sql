with landed as (

    select
        {{ field('rating_id') }} as rating_id,
        {{ field('ticket_id') }} as ticket_id,
        {{ field('score') }} as score,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'satisfaction_ratings') }}

),

final as (

    {{ with_versions('landed', key=['rating_id'], version=['updated_at']) }}

)

select
    rating_id,
    ticket_id,
    score,
    created_at,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
