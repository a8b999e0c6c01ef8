with landed as (

    select
        {{ field('audit_id') }} as audit_id,
        {{ field('ticket_id') }} as ticket_id,
        {{ field('created_at') }} as created_at,
        {{ field('author_id') }} as author_id,
        {{ field('channel') }} as channel,
        {{ field('events') }} as events,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'ticket_audits') }}

),

final as (

    {{ with_versions('landed', key=['audit_id']) }}

)

select
    audit_id,
    ticket_id,
    created_at,
    author_id,
    channel,
    events,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
