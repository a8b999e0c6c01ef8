-- Everything about an account, on the day of as_of.

create or replace table mart.account_360 as
with called as (
    select
        'stripe' as source,
        customer_id,
        coalesce(account.account_id, 'stripe:' || customer_id) as account_id,
        null as name,
        created_at,
        null as industry,
        null as size,
        country
    from account_of_customer as account
    left join (
        from customer
        qualify row_number() over (partition by customer_id order by is_deleted, place desc) = 1
    ) as customer using (customer_id)
    union all
    select 'zendesk', organization_id, coalesce(external_id, 'zendesk:' || organization_id), name, organization.created_at, null, null, null
    from (
        select organization_id from organization
        union
        select organization_id from zendesk_ticket where organization_id is not null
    )
    left join organization using (organization_id)
    union all
    select 'intercom', intercom_id, account_id, name, created_at, industry, size::varchar, null
    from company
),
account as (
    select *
    from called
    qualify row_number() over (partition by account_id order by created_at nulls last, source, customer_id) = 1
),
held as (
    select
        account_id,
        min(valid_from) as first_from,
        arg_max(plan_tier, (tier_rank, plan_tier)) filter (is_now and state in ('trialing', 'active', 'past_due')) as plan_tier,
        count(*) filter (is_now and mrr_minor is null) as unknown_mrr
    from (
        select *, valid_from < epoch(getvariable('as_of') + 1) and valid_to >= epoch(getvariable('as_of') + 1) as is_now from period
    )
    group by account_id
),
mrr as (
    select account_id, whole_sum(mrr) as mrr
    from account_month
    where month = date_trunc('month', getvariable('as_of'))
    group by account_id
),
moved as (
    select
        account_id,
        first(kind order by abs(amount) desc nulls last, kind, currency) as kind,
        whole_sum(amount) as amount
    from mrr_movement
    where kind <> 'fx_effect' and month = date_trunc('month', getvariable('as_of') + 1) - interval 1 month
    group by account_id
),
paid as (
    select account_id, min(day) filter (collected_minor > 0) as first_paid_date, whole_sum(collected - refunded - tax - fee) as net
    from movement
    group by account_id
),
past_due as (
    select account_id, count(*) as invoices_past_due, min(due_date) as oldest_due_date
    from (
        select account_id, coalesce(make_timestamp(due_at * 1000000)::date, make_timestamp(issued_at * 1000000)::date + 14) as due_date
        from invoice
        inner join account_of_customer using (customer_id)
        where status = 'open' and coalesce(livemode, true) and total > coalesce(amount_paid, 0)
    )
    where due_date < getvariable('as_of')
    group by account_id
),
active as (
    select account_id, max(event_date) as last_active_date from account_day where event_date <= getvariable('as_of') group by account_id
),
active_person as (
    select account_id, count(distinct person) as active_persons_28d
    from counted_part
    where value_count > 0 and event_date <= getvariable('as_of') and event_date > getvariable('as_of') - 28
    group by account_id
),
used as (
    select account_id, count(distinct feature) as features_used_28d, sum(use_count)::bigint as feature_uses_28d
    from account_use
    where event_date <= getvariable('as_of') and event_date > getvariable('as_of') - 28
    group by account_id
),
visited as (
    select account_id, sum(session_count)::bigint as sessions_28d
    from session_day
    where session_date <= getvariable('as_of') and session_date > getvariable('as_of') - 28
    group by account_id
),
asked as (
    select
        account_id,
        count(*) filter (created_at::date > getvariable('as_of') - 90) as tickets_90d,
        count(*) filter (not is_solved) as open_tickets
    from ticket
    where status <> 'deleted' and not is_outbound and created_at::date <= getvariable('as_of')
    group by account_id
),
answered as (
    select
        account_id,
        score,
        case when score >= 9 then 'promoter' when score >= 7 then 'passive' else 'detractor' end as nps_class,
        responded_at::date as answered_on
    from placed_answer
    where kind = 'nps' and is_on_scale and not is_excluded and age = 1 and responded_at::date <= getvariable('as_of')
    qualify row_number() over (partition by account_id order by responded_at desc, response_id) = 1
),
suffered as (
    select account_id, count(distinct (source, incident_id)) as incidents_90d
    from incident_service
    inner join read_csv('seeds/demo/service_features.csv') as service_feature using (service)
    inner join account_use
        on service_feature.feature = account_use.feature
        and event_date < started_at::date
        and event_date >= started_at::date - 28
    where started_at::date <= getvariable('as_of') and started_at::date > getvariable('as_of') - 90
    group by account_id
),
joined as (
    select
        account.account_id,
        getvariable('as_of') as as_of,
        account.name as account_name,
        industry,
        size,
        country,
        null::varchar as region,
        getvariable('as_of') - coalesce(account.created_at::date, make_timestamp(first_from * 1000000)::date) as tenure_days,
        coalesce(plan_tier, 'none') as plan_tier,
        case when coalesce(unknown_mrr, 0) > 0 then null when mrr.account_id is null then 0 else mrr.mrr end as mrr,
        moved.kind as movement_last_month,
        case when moved.account_id is null then 0 else moved.amount end as mrr_change_last_month,
        first_paid_date,
        case when paid.account_id is null then 0 else (net::decimal(24, 6) * 0.8::decimal(7, 6))::decimal(28, 6) end as ltv,
        coalesce(invoices_past_due, 0) as invoices_past_due,
        getvariable('as_of') - oldest_due_date as days_past_due,
        last_active_date,
        getvariable('as_of') - last_active_date as days_inactive,
        coalesce(active_persons_28d, 0) as active_persons_28d,
        coalesce(features_used_28d, 0) as features_used_28d,
        coalesce(feature_uses_28d, 0) as feature_uses_28d,
        coalesce(sessions_28d, 0) as sessions_28d,
        coalesce(tickets_90d, 0) as tickets_90d,
        coalesce(open_tickets, 0) as open_tickets,
        answered.score as last_nps_score,
        nps_class as last_nps_class,
        answered_on as last_nps_date,
        coalesce(incidents_90d, 0) as incidents_90d
    from account
    left join held using (account_id)
    left join mrr using (account_id)
    left join moved using (account_id)
    left join paid using (account_id)
    left join past_due using (account_id)
    left join active using (account_id)
    left join active_person using (account_id)
    left join used using (account_id)
    left join visited using (account_id)
    left join asked using (account_id)
    left join answered using (account_id)
    left join suffered using (account_id)
)
select
    *,
    case
        when days_inactive is null then 'never active'
        when days_inactive >= 30 then 'inactive'
        when days_inactive >= 14 then 'at risk'
        else 'active'
    end as activity_state,
    mrr > 0 as is_paying,
    mrr > 0 and coalesce(days_inactive >= 30, false) as is_usage_churn
from joined;
