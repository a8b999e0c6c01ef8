{{ config(materialized='ephemeral', enabled='zendesk' in var('sources')) }}
-- Which target a ticket had. Where its metric events are held, apply_sla says so, with the target of that time. Elsewhere the first
-- policy applies whose filter the ticket meets now, as far as filters can be read here (`is` and `is_not` of ids, priority and type):
-- behind a policy whose filter cannot be read nothing is claimed.

with tickets as (

    select *
    from {{ ref('raw_zendesk__tickets') }}
    where is_current

),

metric_events as (

    select *
    from {{ ref('raw_zendesk__ticket_metric_events') }}
    where is_current

),

policies as (

    select *
    from {{ ref('raw_zendesk__sla_policies') }}
    where is_current

),

measured as (

    select
        ticket_id,
        case
            when metric = 'reply_time' and instance_id > 1 then 'next_reply'
            when metric = 'reply_time' then 'first_reply'
            when metric = 'requester_wait_time' then 'requester_wait'
            when metric = 'resolution_time' then 'resolution'
        end as measure,
        event_type,
        is_deleted,
        sla,
        happened_at,
        metric_event_id
    from metric_events

),

applied as (

    select
        ticket_id,
        measure,
        {{ json_text('sla', '$.policy.id') }} as policy_id,
        coalesce({{ json_whole('sla', '$.target_in_seconds') }}, {{ json_whole('sla', '$.target') }} * 60) as target_seconds,
        {{ json_text('sla', '$.business_hours') }} = 'true' as in_business_hours,
        row_number() over (
            partition by ticket_id, measure
            order by happened_at desc, length(metric_event_id) desc, metric_event_id desc
        ) as recency
    from measured
    where event_type = 'apply_sla' and measure is not null

),

with_metric_events as (

    select ticket_id
    from metric_events
    group by ticket_id

),

conditions as (

    select
        policy_id,
        'all' as list_name,
        {{ json_text('item', '$.field') }} as field,
        {{ json_text('item', '$.operator') }} as operator,
        {{ json_text('item', '$.value') }} as wanted
    from {{ json_items('policies', 'conditions', '$.all', 'item') }}
    union all
    select
        policy_id,
        'any' as list_name,
        {{ json_text('item', '$.field') }} as field,
        {{ json_text('item', '$.operator') }} as operator,
        {{ json_text('item', '$.value') }} as wanted
    from {{ json_items('policies', 'conditions', '$.any', 'item') }}

),

judged as (

    select
        tickets.ticket_id,
        conditions.policy_id,
        conditions.list_name,
        conditions.operator in ('is', 'is_not') and conditions.wanted is not null
        and conditions.field in (
            'organization_id', 'group_id', 'assignee_id', 'brand_id', 'ticket_form_id', 'requester_id', 'priority', 'type', 'ticket_type_id'
        ) as is_readable,
        coalesce(case conditions.field
            when 'organization_id' then tickets.organization_id
            when 'group_id' then tickets.group_id
            when 'assignee_id' then tickets.assignee_id
            when 'brand_id' then tickets.brand_id
            when 'ticket_form_id' then tickets.ticket_form_id
            when 'requester_id' then tickets.requester_id
            when 'priority' then tickets.priority
            else tickets.ticket_type
        end = conditions.wanted, false) = (conditions.operator = 'is') as is_met
    from tickets
    left join with_metric_events on tickets.ticket_id = with_metric_events.ticket_id
    cross join conditions
    where with_metric_events.ticket_id is null

),

verdicts as (

    select
        ticket_id,
        policy_id,
        {{ count_where('not is_readable') }} as unreadable,
        {{ count_where("list_name = 'all' and is_readable and not is_met") }} as failed,
        {{ count_where("list_name = 'any'") }} as alternatives,
        {{ count_where("list_name = 'any' and is_readable and is_met") }} as alternatives_met
    from judged
    group by ticket_id, policy_id

),

candidates as (

    -- A policy without conditions is for every ticket.
    select
        tickets.ticket_id,
        policies.policy_id,
        policies.policy_metrics,
        coalesce(verdicts.unreadable, 0) > 0 as is_unreadable,
        row_number() over (
            partition by tickets.ticket_id
            order by policies.position nulls last, length(policies.policy_id), policies.policy_id
        ) as place
    from tickets
    cross join policies
    left join with_metric_events on tickets.ticket_id = with_metric_events.ticket_id
    left join verdicts on tickets.ticket_id = verdicts.ticket_id and policies.policy_id = verdicts.policy_id
    where with_metric_events.ticket_id is null
        and coalesce(verdicts.failed, 0) = 0
        and (coalesce(verdicts.alternatives, 0) = 0 or verdicts.alternatives_met > 0 or verdicts.unreadable > 0)

),

targets_of_policy as (

    select
        tickets.ticket_id,
        case {{ json_text('target', '$.metric') }}
            when 'first_reply_time' then 'first_reply'
            when 'next_reply_time' then 'next_reply'
            when 'requester_wait_time' then 'requester_wait'
            when 'total_resolution_time' then 'resolution'
        end as measure,
        candidates.policy_id,
        coalesce({{ json_whole('target', '$.target_in_seconds') }}, {{ json_whole('target', '$.target') }} * 60) as target_seconds,
        {{ json_text('target', '$.business_hours') }} = 'true' as in_business_hours
    from {{ json_items('candidates', 'policy_metrics', '$', 'target') }}
    inner join tickets on candidates.ticket_id = tickets.ticket_id
    where candidates.place = 1 and not candidates.is_unreadable
        and {{ json_text('target', '$.priority') }} = tickets.priority

),

by_filter as (

    -- A policy that says two things of one measure is held to the stricter.
    select
        ticket_id,
        measure,
        policy_id,
        min(target_seconds) as target_seconds,
        {{ any_true('in_business_hours') }} as in_business_hours
    from targets_of_policy
    where measure is not null
    group by ticket_id, measure, policy_id

),

breached as (

    -- A breach that was taken back is none.
    select
        ticket_id,
        measure,
        count(*) as breach_count
    from measured
    where event_type = 'breach' and not is_deleted
    group by ticket_id, measure

),

targets as (

    select ticket_id, measure, policy_id, target_seconds, in_business_hours, true as is_told
    from applied
    where recency = 1
    union all
    select ticket_id, measure, policy_id, target_seconds, in_business_hours, false as is_told
    from by_filter

)

select
    'zendesk' as source,
    targets.ticket_id,
    targets.measure,
    targets.policy_id as policy,
    targets.target_seconds,
    coalesce(targets.in_business_hours, false) as in_business_hours,
    cast(null as {{ type_boolean() }}) as is_met_at_source,
    case when targets.is_told then coalesce(breached.breach_count, 0) > 0 end as is_breached_at_source
from targets
left join breached on targets.ticket_id = breached.ticket_id and targets.measure = breached.measure
