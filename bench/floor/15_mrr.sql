-- What each account paid at the end of a month and at the end of the month before, by currency; what moved in between.

create temp table account_month as
with at_end as (
    select account_id, currency, exponent, plan_tier, tier_rank, mrr_minor, is_inferred, month
    from (
        select
            *,
            unnest(generate_series(
                date_trunc('month', make_timestamp(valid_from * 1000000)),
                date_trunc('month', least(make_timestamp(valid_to * 1000000), getvariable('as_of')::timestamp)),
                interval 1 month
            ))::date as month,
            epoch(least(last_day(month), getvariable('as_of')) + 1)::bigint as month_over
        from period
        where mrr_minor > 0
    )
    where valid_from < month_over and valid_to >= month_over
),
tier as (
    select account_id, (month + interval 1 month)::date as month, arg_min(plan_tier, (-tier_rank, plan_tier)) as plan_tier
    from at_end
    group by account_id, month
),
closing as (
    select account_id, currency, month, max(exponent) as exponent, sum(mrr_minor) as minor, bool_or(is_inferred) as is_inferred
    from at_end
    group by account_id, currency, month
),
both_ends as (
    select account_id, currency, month, max(exponent) as exponent, sum(opening_minor) as opening_minor, sum(minor) as minor, bool_or(is_inferred) as is_inferred
    from (
        select account_id, currency, month, exponent, 0 as opening_minor, minor, is_inferred from closing
        union all
        select account_id, currency, (month + interval 1 month)::date, exponent, minor, 0, false from closing
    )
    where month <= getvariable('as_of')
    group by account_id, currency, month
),
dated as (
    select *, power_of_ten(exponent) as parts, month - 1 as opening_day, least(last_day(month), getvariable('as_of')) as month_end
    from both_ends
),
opened as (
    select dated.*, case when dated.currency = 'USD' then 1000000000 when opening_day - day <= 7 then round(rate * 1000000000, 0)::bigint end as opening_rate
    from dated
    asof left join rate on dated.currency = rate.currency and opening_day >= day
),
closed as (
    select opened.*, case when opened.currency = 'USD' then 1000000000 when month_end - day <= 7 then round(rate * 1000000000, 0)::bigint end as closing_rate
    from opened
    asof left join rate on opened.currency = rate.currency and month_end >= day
)
select
    closed.* exclude (opening_day),
    tier.plan_tier as opening_tier,
    last_day(month) <= getvariable('as_of') as is_complete,
    at_rate(opening_minor, opening_rate, parts) as opening_mrr,
    at_rate(minor, closing_rate, parts) as mrr,
    at_rate(minor, opening_rate, parts) as mrr_at_opening_rate
from closed
left join tier using (account_id, month);

create temp table mrr_movement as
with placed as (
    select
        *,
        bool_or(opening_minor > 0) over whole as was_paying,
        bool_or(minor > 0) over whole as is_paying,
        bool_or(opening_minor > 0 and minor = 0) over whole as left_one,
        bool_or(opening_minor = 0 and minor > 0) over whole as took_up_one,
        min(case when minor > 0 then month end) over (partition by account_id) as first_month
    from account_month
    window whole as (partition by account_id, month)
),
valued as (
    select
        *,
        case
            when not was_paying and first_month < month then 'reactivation'
            when not was_paying then 'new'
            when not is_paying then 'churn'
            when opening_minor = 0 and left_one or minor = 0 and took_up_one then 'currency_switch'
            when minor > opening_minor then 'expansion'
            when minor < opening_minor then 'contraction'
        end as kind,
        at_rate(minor - opening_minor, case when minor > opening_minor then closing_rate else opening_rate end, parts) as amount
    from placed
),
-- How the last thing that the account paid for came to its end.
ended as (
    select valued.account_id, valued.month, arg_max(end_kind, (valid_to, end_kind = 'involuntary')) as churn_kind
    from valued
    inner join period on valued.account_id = period.account_id
    where kind = 'churn' and period.mrr_minor > 0 and valid_to < epoch(month_end + 1)
    group by all
)
select
    account_id,
    currency,
    month,
    kind,
    case when kind = 'churn' then churn_kind end as churn_kind,
    major(minor - opening_minor, exponent) as amount_own,
    amount
from valued
left join ended using (account_id, month)
where kind is not null
union all
select account_id, currency, month, 'fx_effect', null, 0, mrr - opening_mrr - amount
from valued
where mrr - opening_mrr - amount <> 0 or mrr - opening_mrr - amount is null;

create or replace table mart.mrr_movements as
with balance_of_account as (
    select
        'currency' as basis,
        currency,
        month,
        month_end,
        is_complete,
        major(opening_minor, exponent) as opening,
        major(minor, exponent) as closing,
        closing as closing_at_opening_rate,
        is_inferred,
        false as is_without_rate
    from account_month
    union all
    select
        'reporting',
        'USD',
        month,
        any_value(month_end),
        bool_or(is_complete),
        whole_sum(opening_mrr),
        whole_sum(mrr),
        whole_sum(mrr_at_opening_rate),
        bool_or(is_inferred),
        bool_or(opening_mrr is null or mrr is null)
    from account_month
    group by account_id, month
),
balance as (
    select
        basis,
        currency,
        month,
        any_value(month_end) as month_end,
        bool_or(is_complete) as is_complete,
        whole_sum(opening) as opening_mrr,
        whole_sum(closing) as closing_mrr,
        whole_sum(case when opening = 0 then 0 when closing_at_opening_rate < opening then closing_at_opening_rate else opening end) as retained_mrr_gross,
        whole_sum(case when opening = 0 then 0 else closing_at_opening_rate end) as retained_mrr_net,
        count(*) filter (opening > 0) as paying_accounts_at_start,
        count(*) filter (closing > 0) as paying_accounts_at_end,
        count(*) filter (is_inferred) as accounts_with_inferred_history,
        count(*) filter (is_without_rate) as accounts_without_rate
    from balance_of_account
    group by basis, currency, month
),
movement as (
    select 'currency' as basis, currency, month, account_id, kind, churn_kind, amount_own as amount from mrr_movement where kind <> 'fx_effect'
    union all
    select 'reporting', 'USD', month, account_id, kind, churn_kind, amount from mrr_movement
),
change as (
    select
        basis,
        currency,
        month,
        moved(amount, kind = 'new') as new_mrr,
        moved(amount, kind = 'reactivation') as reactivation_mrr,
        moved(amount, kind = 'expansion') as expansion_mrr,
        moved(amount, kind = 'contraction') as contraction_mrr,
        moved(amount, kind = 'churn') as churned_mrr,
        moved(amount, kind = 'churn' and churn_kind = 'voluntary') as churned_mrr_voluntary,
        moved(amount, kind = 'churn' and churn_kind = 'involuntary') as churned_mrr_involuntary,
        moved(amount, kind = 'currency_switch') as currency_switch_mrr,
        moved(amount, kind = 'fx_effect') as fx_effect,
        count(distinct account_id) filter (kind = 'new') as new_accounts,
        count(distinct account_id) filter (kind = 'reactivation') as reactivated_accounts,
        count(distinct account_id) filter (kind = 'churn') as churned_accounts
    from movement
    group by basis, currency, month
)
select
    balance.*,
    case when change.month is null then 0 else new_mrr end as new_mrr,
    case when change.month is null then 0 else reactivation_mrr end as reactivation_mrr,
    case when change.month is null then 0 else expansion_mrr end as expansion_mrr,
    case when change.month is null then 0 else contraction_mrr end as contraction_mrr,
    case when change.month is null then 0 else churned_mrr end as churned_mrr,
    case when change.month is null then 0 else churned_mrr_voluntary end as churned_mrr_voluntary,
    case when change.month is null then 0 else churned_mrr_involuntary end as churned_mrr_involuntary,
    case when change.month is null then 0 else currency_switch_mrr end as currency_switch_mrr,
    case when change.month is null then 0 else fx_effect end as fx_effect,
    coalesce(new_accounts, 0) as new_accounts,
    coalesce(reactivated_accounts, 0) as reactivated_accounts,
    coalesce(churned_accounts, 0) as churned_accounts,
    retained_mrr_gross::double / nullif(opening_mrr::double, 0) as gross_revenue_retention,
    retained_mrr_net::double / nullif(opening_mrr::double, 0) as net_revenue_retention
from balance
left join change using (basis, currency, month);

create or replace table mart.churn_by_month as
with paid as (
    select
        account_id,
        month,
        any_value(month_end) as month_end,
        bool_or(is_complete) as is_complete,
        any_value(opening_tier) as plan_tier,
        whole_sum(opening_mrr) as opening_mrr
    from account_month
    where opening_minor > 0
    group by account_id, month
),
churn as (
    select account_id, month, min(churn_kind) as churn_kind, whole_sum(amount) as amount from mrr_movement where kind = 'churn' group by account_id, month
),
counted as (
    select
        month,
        plan_tier,
        any_value(month_end) as month_end,
        bool_or(is_complete) as is_complete,
        count(*) as accounts_at_start,
        count(churn_kind) as churned_accounts,
        count(*) filter (churn_kind = 'voluntary') as churned_accounts_voluntary,
        count(*) filter (churn_kind = 'involuntary') as churned_accounts_involuntary,
        whole_sum(opening_mrr) as opening_mrr,
        whole_sum(churned_mrr) as churned_mrr,
        count(*) filter (opening_mrr is null or churned_mrr is null) as accounts_without_rate
    from (
        select
            month,
            unnest([plan_tier, 'all']) as plan_tier,
            month_end,
            is_complete,
            opening_mrr,
            churn_kind,
            case when churn.account_id is null then 0 else -amount end as churned_mrr
        from paid
        left join churn using (account_id, month)
    )
    group by month, plan_tier
)
select
    *,
    churned_accounts / nullif(accounts_at_start::double, 0) as logo_churn_rate,
    wilson(churned_accounts, accounts_at_start, -1) as logo_churn_rate_low,
    wilson(churned_accounts, accounts_at_start, 1) as logo_churn_rate_high,
    churned_accounts_voluntary / nullif(accounts_at_start::double, 0) as voluntary_churn_rate,
    churned_accounts_involuntary / nullif(accounts_at_start::double, 0) as involuntary_churn_rate,
    churned_mrr::double / nullif(opening_mrr::double, 0) as churned_mrr_rate
from counted;
