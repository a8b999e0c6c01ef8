with targets as (

    {{ mapped('ticket_sla', {
        'source': type_string(), 'ticket_id': type_string(), 'measure': type_string(), 'policy': type_string(),
        'target_seconds': type_bigint(), 'in_business_hours': type_boolean(), 'is_met_at_source': type_boolean(),
        'is_breached_at_source': type_boolean(),
    }) }}

),

lasted as (

    -- Waiting adds up; of several replies the slowest decides.
    select
        source,
        ticket_id,
        measure,
        {{ any_true('is_running') }} as is_running,
        case when measure = 'requester_wait' then sum(seconds_so_far) else max(seconds_so_far) end as seconds,
        case when measure = 'requester_wait' then sum(business_seconds_so_far) else max(business_seconds_so_far) end as business_seconds
    from {{ ref('fct_ticket_stretch') }}
    group by source, ticket_id, measure

),

measured as (

    select
        targets.*,
        coalesce(lasted.is_running, false) as is_running,
        cast(case when targets.in_business_hours then lasted.business_seconds else lasted.seconds end as {{ type_bigint() }}) as lasted_seconds
    from targets
    left join lasted
        on targets.source = lasted.source and targets.ticket_id = lasted.ticket_id and targets.measure = lasted.measure

),

final as (

    select
        measured.*,
        {{ sla_met('target_seconds', 'lasted_seconds', 'is_running', 'is_met_at_source') }} as is_met
    from measured

)

select
    source,
    ticket_id,
    measure,
    policy,
    target_seconds,
    in_business_hours,
    lasted_seconds,
    is_running,
    is_met,
    is_breached_at_source
from final
