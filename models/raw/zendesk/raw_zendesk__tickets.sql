with landed as (

    select
        {{ field('ticket_id') }} as ticket_id,
        {{ field('status') }} as status,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        coalesce({{ from_epoch_s(field('generated_timestamp')) }}, {{ field('updated_at') }}) as changed_at,
        {{ field('priority') }} as priority,
        {{ field('ticket_type') }} as ticket_type,
        {{ field('channel') }} as channel,
        {{ field('requester_id') }} as requester_id,
        {{ field('submitter_id') }} as submitter_id,
        {{ field('assignee_id') }} as assignee_id,
        {{ field('organization_id') }} as organization_id,
        {{ field('group_id') }} as group_id,
        {{ field('brand_id') }} as brand_id,
        {{ field('ticket_form_id') }} as ticket_form_id,
        {{ field('tags') }} as tags,
        {{ field('satisfaction_score') }} as satisfaction_score,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'tickets') }}

),

final as (

    {{ with_versions('landed', key=['ticket_id'], version=['changed_at', 'updated_at']) }}

)

select
    ticket_id,
    status,
    created_at,
    updated_at,
    changed_at,
    priority,
    ticket_type,
    channel,
    requester_id,
    submitter_id,
    assignee_id,
    organization_id,
    group_id,
    brand_id,
    ticket_form_id,
    tags,
    satisfaction_score,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
