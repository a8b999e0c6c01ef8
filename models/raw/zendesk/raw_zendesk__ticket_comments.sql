with landed as (

    select
        {{ field('comment_id') }} as comment_id,
        {{ field('audit_id') }} as audit_id,
        {{ field('ticket_id') }} as ticket_id,
        {{ field('comment_type') }} as comment_type,
        {{ field('author_id') }} as author_id,
        {{ field('public') }} as is_public,
        {{ field('created_at') }} as created_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'ticket_comments') }}

),

final as (

    {{ with_versions('landed', key=['comment_id']) }}

)

select
    comment_id,
    audit_id,
    ticket_id,
    comment_type,
    author_id,
    is_public,
    created_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
