with landed as (

    -- A row has no key: what says the same is the same.
    select
        {{ stable_id([as_text(field('payload'))]) }} as row_key,
        {{ field('incident_id') }} as incident_id,
        {{ field('event') }} as event,
        {{ from_epoch_ms(field('timestamp')) }} as written_at,
        {{ field('title') }} as title,
        {{ field('priority') }} as priority,
        {{ field('entity_name') }} as entity_name,
        {{ from_epoch_ms(field('open_time')) }} as opened_at,
        {{ from_epoch_ms(field('close_time')) }} as closed_at,
        {{ field('close_cause') }} as close_cause,
        {{ from_epoch_ms(field('degradation_time')) }} as degraded_at,
        {{ from_epoch_ms(field('recovery_time')) }} as recovered_at,
        coalesce({{ field('muted') }}, false) as is_muted,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('newrelic', 'nrai_incident') }}

),

final as (

    {{ with_versions('landed', key=['row_key']) }}

)

select
    row_key,
    incident_id,
    event,
    written_at,
    title,
    priority,
    entity_name,
    opened_at,
    closed_at,
    close_cause,
    degraded_at,
    recovered_at,
    is_muted,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
