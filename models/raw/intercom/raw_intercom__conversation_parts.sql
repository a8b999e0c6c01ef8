with landed as (

    select
        {{ field('part_id') }} as part_id,
        {{ field('conversation_id') }} as conversation_id,
        {{ field('part_type') }} as part_type,
        {{ from_epoch_s(field('created_at')) }} as created_at,
        {{ from_epoch_s(field('updated_at')) }} as updated_at,
        {{ field('author_type') }} as author_type,
        {{ field('author_id') }} as author_id,
        {{ field('redacted') }} as is_redacted,
        coalesce({{ json_text('payload', '$.body') }}, '') <> '' as has_body,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('intercom', 'conversation_parts') }}

),

final as (

    {{ with_versions('landed', key=['conversation_id', 'part_id'], version=['updated_at']) }}

)

select
    part_id,
    conversation_id,
    part_type,
    created_at,
    updated_at,
    author_type,
    author_id,
    is_redacted,
    has_body,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
