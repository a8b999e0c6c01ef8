with landed as (

    select
        {{ field('metric_id') }} as metric_id,
        {{ field('ticket_id') }} as ticket_id,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('reopens') }} as reopens,
        {{ field('replies') }} as replies,
        {{ field('solved_at') }} as solved_at,
        {{ field('first_reply_minutes') }} as first_reply_minutes,
        {{ field('first_reply_business_minutes') }} as first_reply_business_minutes,
        {{ field('resolution_minutes') }} as resolution_minutes,
        {{ field('resolution_business_minutes') }} as resolution_business_minutes,
        {{ field('requester_wait_minutes') }} as requester_wait_minutes,
        {{ field('requester_wait_business_minutes') }} as requester_wait_business_minutes,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'ticket_metrics') }}

),

final as (

    {{ with_versions('landed', key=['metric_id'], version=['updated_at']) }}

)

select
    metric_id,
    ticket_id,
    created_at,
    updated_at,
    reopens,
    replies,
    solved_at,
    first_reply_minutes,
    first_reply_business_minutes,
    resolution_minutes,
    resolution_business_minutes,
    requester_wait_minutes,
    requester_wait_business_minutes,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
