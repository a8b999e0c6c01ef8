{{ config(materialized='ephemeral', enabled='zendesk' in var('sources')) }}
-- A ticket as its last version until the end of as_of says. Reopenings and the last solution as Zendesk counts them stand in where its history is not held.

with as_of_end as (

    select {{ reporting_day_start(add_days('as_of', 1)) }} as moment
    from {{ ref('dim_as_of') }}

),

tickets as (

    {{ standing_versions(ref('raw_zendesk__tickets'), 'ticket_id', 'changed_at') }}

),

users as (

    select
        user_id,
        coalesce(email, {{ address_in('external_id') }}) as email,
        external_id
    from {{ ref('raw_zendesk__users') }}
    where is_current

),

organizations as (

    select
        organization_id,
        external_id
    from {{ ref('raw_zendesk__organizations') }}
    where is_current

),

ticket_metrics as (

    {{ standing_versions(ref('raw_zendesk__ticket_metrics'), 'metric_id', 'updated_at') }}

),

metrics as (

    select
        ticket_id,
        reopens,
        solved_at,
        row_number() over (partition by ticket_id order by updated_at desc nulls last, metric_id) as recency
    from ticket_metrics

),

satisfaction_ratings as (

    {{ standing_versions(ref('raw_zendesk__satisfaction_ratings'), 'rating_id', 'updated_at') }}

),

ratings as (

    -- offered is an invitation. A second rating may change the first or stand beside it.
    select
        satisfaction_ratings.ticket_id,
        satisfaction_ratings.score,
        row_number() over (
            partition by satisfaction_ratings.ticket_id
            order by satisfaction_ratings.updated_at desc nulls last, satisfaction_ratings.rating_id desc
        ) as recency
    from satisfaction_ratings
    cross join as_of_end
    where (satisfaction_ratings.score like 'good%' or satisfaction_ratings.score like 'bad%')
        and coalesce(satisfaction_ratings.updated_at < as_of_end.moment, true)

),

assigned_schedules as (

    select
        audits.ticket_id,
        {{ json_text('part', '$.new_schedule_id') }} as schedule_id,
        row_number() over (
            partition by audits.ticket_id
            order by audits.created_at desc, length(audits.audit_id) desc, audits.audit_id desc
        ) as recency
    from {{ json_items(ref('raw_zendesk__ticket_audits'), 'events', '$', 'part', alias='audits') }}
    where audits.is_current and {{ json_text('part', '$.type') }} = 'ScheduleAssignment'

),

schedules as (

    -- Tickets that no rule gives a schedule take the first one made.
    select
        schedule_id,
        row_number() over (order by created_at nulls last, length(schedule_id), schedule_id) as age
    from {{ ref('raw_zendesk__schedules') }}
    where is_current

),

openings as (

    select
        ticket_id,
        actor_role,
        row_number() over (partition by ticket_id order by kind, length(event_id), event_id) as place
    from {{ ref('map_zendesk__ticket_event') }}
    where is_opening

),

final as (

    select
        tickets.*,
        users.email,
        users.external_id as user_external_id,
        organizations.external_id as organization_external_id,
        metrics.reopens,
        metrics.solved_at,
        coalesce(ratings.score, tickets.satisfaction_score) as score,
        coalesce(assigned_schedules.schedule_id, (select schedules.schedule_id from schedules where schedules.age = 1)) as schedule_id,
        openings.actor_role as opened_by
    from tickets
    left join users on tickets.requester_id = users.user_id
    left join organizations on tickets.organization_id = organizations.organization_id
    left join metrics on tickets.ticket_id = metrics.ticket_id and metrics.recency = 1
    left join ratings on tickets.ticket_id = ratings.ticket_id and ratings.recency = 1
    left join assigned_schedules on tickets.ticket_id = assigned_schedules.ticket_id and assigned_schedules.recency = 1
    left join openings on tickets.ticket_id = openings.ticket_id and openings.place = 1

)

select
    'zendesk' as source,
    ticket_id,
    case when organization_id is not null then coalesce(organization_external_id, 'zendesk:' || organization_id) end as account_id,
    {{ user_key('user_external_id') }} as user_id,
    'zendesk:user:' || requester_id as actor_id,
    case when email is not null then {{ keyed_hash('email') }} end as email_hash,
    lower(status) as status,
    lower(priority) as priority,
    lower(channel) as channel,
    tags,
    created_at,
    cast(null as {{ type_timestamp() }}) as first_replied_at,
    case when status in ('solved', 'closed') then solved_at end as solved_at,
    cast(null as {{ type_timestamp() }}) as closed_at,
    reopens as reopen_count,
    case when score like 'good%' then 5 when score like 'bad%' then 1 end as csat_score,
    changed_at as updated_at,
    'zendesk:' || schedule_id as schedule_id,
    opened_by,
    false as is_history_cut
from final
