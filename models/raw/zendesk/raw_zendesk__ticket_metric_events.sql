with landed as (

    select
        {{ field('metric_event_id') }} as metric_event_id,
        {{ field('ticket_id') }} as ticket_id,
        {{ field('metric') }} as metric,
        {{ field('instance_id') }} as instance_id,
        {{ field('event_type') }} as event_type,
        {{ field('happened_at') }} as happened_at,
        {{ field('status') }} as status,
        {{ field('sla') }} as sla,
        coalesce({{ field('deleted') }}, false) as is_deleted,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'ticket_metric_events') }}

),

final as (

    {{ with_versions('landed', key=['metric_event_id']) }}

)

select
    metric_event_id,
    ticket_id,
    metric,
    instance_id,
    event_type,
    happened_at,
    status,
    sla,
    is_deleted,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
