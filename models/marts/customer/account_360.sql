-- Everything hangs on dim_account by a left join, so a tool that is off or an account that it does not know takes no account away.
{%- set last_28_days = days_up_to_as_of(28) %}

with as_of as (

    select
        as_of,
        {{ month_start('as_of') }} as running_month,
        case
            when {{ add_days(add_months(month_start('as_of'), 1), -1) }} <= as_of then {{ month_start('as_of') }}
            else {{ add_months(month_start('as_of'), -1) }}
        end as last_month
    from {{ ref('dim_as_of') }}

),

account as (

    select
        dim_account.account_id,
        dim_account.account_name,
        dim_account.industry,
        dim_account.size,
        dim_account.country,
        dim_account.region,
        dim_account.created_at,
        as_of.as_of
    from {{ ref('dim_account') }} as dim_account
    cross join as_of

),

person as (

    select
        actor_id,
        person_id,
        account_id
    from {{ ref('dim_actor') }}
    where not is_excluded

),

-- Money

plan as (

    {{ plan_of_day('account', 'as_of') }}

),

period as (

    select
        period.account_id,
        min(period.valid_from) as first_from,
        {{ count_where(
            'period.mrr_minor is null and period.valid_from < ' ~ reporting_day_start(add_days('as_of.as_of', 1))
            ~ ' and (period.valid_to is null or period.valid_to >= ' ~ reporting_day_start(add_days('as_of.as_of', 1)) ~ ')') }} as unknown_mrr
    from {{ ref('fct_subscription_period') }} as period
    cross join as_of
    group by period.account_id

),

mrr as (

    select
        account_month.account_id,
        {{ whole_sum('account_month.mrr') }} as mrr
    from {{ ref('fct_account_mrr_month') }} as account_month
    inner join as_of on account_month.month = as_of.running_month
    group by account_month.account_id

),

movement as (

    select
        movement.account_id,
        movement.kind,
        movement.amount,
        row_number() over (partition by movement.account_id order by abs(movement.amount) desc nulls last, movement.kind, movement.currency) as weight
    from {{ ref('fct_mrr_movement') }} as movement
    inner join as_of on movement.month = as_of.last_month
    where movement.kind <> 'fx_effect'

),

moved as (

    select
        account_id,
        max(case when weight = 1 then kind end) as kind,
        {{ whole_sum('amount') }} as amount
    from movement
    group by account_id

),

paid as (

    select
        payment.account_id,
        min(case when payment.collected_minor > 0 then payment.occurred_date end) as first_paid_date,
        {{ whole_sum(net_collected('payment.collected', 'payment.refunded', 'payment.tax', 'payment.fee')) }} as net
    from {{ ref('fct_payment') }} as payment
    inner join as_of on payment.occurred_date <= as_of.as_of
    where payment.is_live
    group by payment.account_id

),

unpaid as (

    -- Where nobody says when it falls due, an invoice is past due once the days of grace are over.
    select
        invoice.account_id,
        coalesce(
            {{ reporting_day('invoice.due_at') }},
            {{ add_days('invoice.issued_date', var('past_due_grace_days')) }}
        ) as due_date
    from {{ ref('fct_invoice') }} as invoice
    where invoice.status = 'open' and invoice.is_live and invoice.total_minor > invoice.paid_minor

),

past_due as (

    select
        unpaid.account_id,
        count(*) as invoices_past_due,
        min(unpaid.due_date) as oldest_due_date
    from unpaid
    inner join as_of on unpaid.due_date < as_of.as_of
    group by unpaid.account_id

),

-- Use

active_day as (

    select
        account_day.account_id,
        max(account_day.event_date) as last_active_date
    from {{ ref('fct_account_day') }} as account_day
    inner join as_of on account_day.event_date <= as_of.as_of
    where account_day.is_active
    group by account_day.account_id

),

active_person as (

    select
        coalesce(actor_day.account_id, person.account_id) as account_id,
        count(distinct person.person_id) as active_persons_28d
    from {{ ref('fct_actor_day') }} as actor_day
    inner join person on actor_day.actor_id = person.actor_id
    where actor_day.value_event_count > 0 and {{ in_days('actor_day.event_date', last_28_days) }}
    group by coalesce(actor_day.account_id, person.account_id)

),

feature as (

    select
        feature_day.account_id,
        count(distinct feature_day.feature) as features_used_28d,
        cast(sum(feature_day.use_count) as {{ type_bigint() }}) as feature_uses_28d
    from {{ ref('fct_account_feature_day') }} as feature_day
    where {{ in_days('feature_day.event_date', last_28_days) }}
    group by feature_day.account_id

),

session as (

    select
        account_id,
        cast(sum(session_count) as {{ type_bigint() }}) as sessions_28d
    from {{ ref('account_session_day') }}
    where {{ in_days('session_date', last_28_days) }}
    group by account_id

),

-- Care

ticket as (

    select
        ticket.account_id,
        {{ count_where('ticket.created_date > ' ~ add_days('as_of.as_of', -90)) }} as tickets_90d,
        {{ count_where('not ticket.is_solved') }} as open_tickets
    from {{ ref('fct_ticket') }} as ticket
    inner join as_of on ticket.created_date <= as_of.as_of
    where not ticket.is_deleted and not ticket.is_outbound and ticket.excluded_reason is null
    group by ticket.account_id

),

answer as (

    select
        answer.account_id,
        answer.score,
        answer.nps_class,
        answer.response_date,
        row_number() over (
            partition by answer.account_id
            order by answer.responded_at desc, answer.source, answer.response_id
        ) as recency
    from {{ ref('fct_survey_answer') }} as answer
    inner join as_of on answer.response_date <= as_of.as_of
    where answer.kind = 'nps' and answer.counts and answer.account_id is not null

),

incident as (

    select
        account_incident.account_id,
        count(*) as incidents_90d
    from {{ ref('fct_account_incident') }} as account_incident
    inner join as_of
        on account_incident.started_date <= as_of.as_of
        and account_incident.started_date > {{ add_days('as_of.as_of', -90) }}
    group by account_incident.account_id

),

joined as (

    select
        account.account_id,
        account.as_of,
        account.account_name,
        account.industry,
        account.size,
        account.country,
        account.region,
        {{ days_between(
            'coalesce(' ~ reporting_day('account.created_at') ~ ', ' ~ reporting_day('period.first_from') ~ ')', 'account.as_of') }} as tenure_days,
        coalesce(plan.plan_tier, 'none') as plan_tier,
        case
            when coalesce(period.unknown_mrr, 0) > 0 then null
            when mrr.account_id is null then cast(0 as {{ type_decimal() }})
            else mrr.mrr
        end as mrr,
        moved.kind as movement_last_month,
        case when moved.account_id is null then cast(0 as {{ type_decimal() }}) else moved.amount end as mrr_change_last_month,
        paid.first_paid_date,
        case
            when paid.account_id is null then cast(0 as {{ type_decimal() }})
            else {{ observed_ltv('paid.net') }}
        end as ltv,
        coalesce(past_due.invoices_past_due, 0) as invoices_past_due,
        {{ days_between('past_due.oldest_due_date', 'account.as_of') }} as days_past_due,
        active_day.last_active_date,
        {{ days_between('active_day.last_active_date', 'account.as_of') }} as days_inactive,
        coalesce(active_person.active_persons_28d, 0) as active_persons_28d,
        coalesce(feature.features_used_28d, 0) as features_used_28d,
        coalesce(feature.feature_uses_28d, 0) as feature_uses_28d,
        coalesce(session.sessions_28d, 0) as sessions_28d,
        coalesce(ticket.tickets_90d, 0) as tickets_90d,
        coalesce(ticket.open_tickets, 0) as open_tickets,
        answer.score as last_nps_score,
        answer.nps_class as last_nps_class,
        answer.response_date as last_nps_date,
        coalesce(incident.incidents_90d, 0) as incidents_90d
    from account
    left join plan on account.account_id = plan.account_id
    left join period on account.account_id = period.account_id
    left join mrr on account.account_id = mrr.account_id
    left join moved on account.account_id = moved.account_id
    left join paid on account.account_id = paid.account_id
    left join past_due on account.account_id = past_due.account_id
    left join active_day on account.account_id = active_day.account_id
    left join active_person on account.account_id = active_person.account_id
    left join feature on account.account_id = feature.account_id
    left join session on account.account_id = session.account_id
    left join ticket on account.account_id = ticket.account_id
    left join answer on account.account_id = answer.account_id and answer.recency = 1
    left join incident on account.account_id = incident.account_id

),

final as (

    select
        joined.*,
        {{ activity_state('days_inactive') }} as activity_state,
        mrr > 0 as is_paying,
        mrr > 0 and coalesce(days_inactive >= {{ var('inactivity_days') | last }}, false) as is_usage_churn
    from joined

)

select
    account_id,
    as_of,
    account_name,
    industry,
    size,
    country,
    region,
    tenure_days,
    plan_tier,
    mrr,
    is_paying,
    movement_last_month,
    mrr_change_last_month,
    first_paid_date,
    ltv,
    invoices_past_due,
    days_past_due,
    last_active_date,
    days_inactive,
    activity_state,
    is_usage_churn,
    active_persons_28d,
    features_used_28d,
    feature_uses_28d,
    sessions_28d,
    tickets_90d,
    open_tickets,
    last_nps_score,
    last_nps_class,
    last_nps_date,
    incidents_90d
from final
