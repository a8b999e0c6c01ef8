with landed as (

    select
        {{ field('ticket_id') }} as ticket_id,
        {{ field('created_at') }} as created_at,
        {{ field('status') }} as status,
        {{ field('account_id') }} as account_id,
        {{ field('user_id') }} as user_id,
        {{ field('email') }} as email,
        {{ field('priority') }} as priority,
        {{ field('channel') }} as channel,
        {{ field('tags') }} as tags,
        {{ field('subject') }} as subject,
        {{ field('first_replied_at') }} as first_replied_at,
        {{ field('solved_at') }} as solved_at,
        {{ field('closed_at') }} as closed_at,
        {{ field('reopens') }} as reopens,
        {{ field('csat_score') }} as csat_score,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'tickets') }}

),

final as (

    {{ with_versions('landed', key=['ticket_id'], version=['updated_at']) }}

)

select
    ticket_id,
    created_at,
    status,
    account_id,
    user_id,
    email,
    priority,
    channel,
    tags,
    subject,
    first_replied_at,
    solved_at,
    closed_at,
    reopens,
    csat_score,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
