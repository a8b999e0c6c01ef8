{{ config(materialized='ephemeral', enabled='intercom' in var('sources')) }}
-- Parts listed apart and parts inside a conversation that was fetched alone, each once, by its last change.

with listed as (

    select
        conversation_id,
        part_id,
        part_type,
        created_at,
        coalesce(updated_at, created_at) as updated_at,
        author_type,
        has_body,
        file_path,
        line
    from {{ ref('raw_intercom__conversation_parts') }}
    where is_current

),

embedded as (

    select
        conversations.conversation_id,
        {{ json_text('part', '$.id') }} as part_id,
        {{ json_text('part', '$.part_type') }} as part_type,
        {{ json_epoch_s('part', '$.created_at') }} as created_at,
        coalesce({{ json_epoch_s('part', '$.updated_at') }}, {{ json_epoch_s('part', '$.created_at') }}) as updated_at,
        {{ json_text('part', '$.author.type') }} as author_type,
        coalesce({{ json_text('part', '$.body') }}, '') <> '' as has_body,
        conversations.file_path,
        conversations.line
    from {{ json_items(ref('raw_intercom__conversations'), 'parts', '$', 'part', alias='conversations') }}
    where conversations.record_status = 'loaded'

),

both_kinds as (

    select conversation_id, part_id, part_type, created_at, updated_at, author_type, has_body, file_path, line
    from listed
    union all
    select conversation_id, part_id, part_type, created_at, updated_at, author_type, has_body, file_path, line
    from embedded
    where part_id is not null and created_at is not null

),

ranked as (

    select
        both_kinds.*,
        row_number() over (
            partition by conversation_id, part_id
            order by updated_at desc, file_path desc, line desc
        ) as recency
    from both_kinds

)

select
    conversation_id,
    part_id,
    part_type,
    created_at,
    case
        when author_type in ('user', 'lead', 'contact') then 'requester'
        when author_type in ('admin', 'team') then 'agent'
        else 'system'
    end as actor_role,
    has_body
from ranked
where recency = 1
