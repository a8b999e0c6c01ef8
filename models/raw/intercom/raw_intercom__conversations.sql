with landed as (

    select
        {{ field('conversation_id') }} as conversation_id,
        {{ from_epoch_s(field('created_at')) }} as created_at,
        {{ from_epoch_s(field('updated_at')) }} as updated_at,
        {{ field('state') }} as state,
        {{ field('priority') }} as priority,
        {{ field('channel') }} as channel,
        {{ field('source_id') }} as source_id,
        {{ field('delivered_as') }} as delivered_as,
        {{ field('author_type') }} as author_type,
        {{ field('author_id') }} as author_id,
        {{ field('contacts') }} as contacts,
        {{ field('admin_assignee_id') }} as admin_assignee_id,
        {{ field('team_assignee_id') }} as team_assignee_id,
        {{ field('tags') }} as tags,
        {{ field('rating') }} as rating,
        {{ field('part_count') }} as part_count,
        {{ field('reopen_count') }} as reopen_count,
        {{ from_epoch_s(field('first_admin_reply_at')) }} as first_admin_reply_at,
        {{ from_epoch_s(field('last_close_at')) }} as last_close_at,
        {{ field('sla_name') }} as sla_name,
        {{ field('sla_status') }} as sla_status,
        {{ field('parts') }} as parts,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('intercom', 'conversations') }}

),

final as (

    {{ with_versions('landed', key=['conversation_id'], version=['updated_at']) }}

)

select
    conversation_id,
    created_at,
    updated_at,
    state,
    priority,
    channel,
    source_id,
    delivered_as,
    author_type,
    author_id,
    contacts,
    admin_assignee_id,
    team_assignee_id,
    tags,
    rating,
    part_count,
    reopen_count,
    first_admin_reply_at,
    last_close_at,
    sla_name,
    sla_status,
    parts,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
