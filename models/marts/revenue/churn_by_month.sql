with account_month as (

    select
        account_id,
        month,
        max(month_end) as month_end,
        max(case when is_complete then 1 else 0 end) = 1 as is_complete,
        min(opening_plan_tier) as plan_tier,
        {{ whole_sum('opening_mrr') }} as opening_mrr
    from {{ ref('fct_account_mrr_month') }}
    where opening_mrr_minor > 0
    group by account_id, month

),

churn as (

    select
        account_id,
        month,
        min(churn_kind) as churn_kind,
        {{ whole_sum('amount') }} as amount
    from {{ ref('fct_mrr_movement') }}
    where kind = 'churn'
    group by account_id, month

),

judged as (

    select
        account_month.account_id,
        account_month.month,
        account_month.month_end,
        account_month.is_complete,
        account_month.plan_tier,
        account_month.opening_mrr,
        churn.churn_kind,
        case when churn.account_id is null then cast(0 as {{ type_decimal() }}) else -churn.amount end as churned_mrr
    from account_month
    left join churn on account_month.account_id = churn.account_id and account_month.month = churn.month

),

by_tier_and_all as (

    select account_id, month, month_end, is_complete, plan_tier, opening_mrr, churn_kind, churned_mrr
    from judged
    union all
    select account_id, month, month_end, is_complete, 'all' as plan_tier, opening_mrr, churn_kind, churned_mrr
    from judged

),

counted as (

    select
        month,
        plan_tier,
        max(month_end) as month_end,
        max(case when is_complete then 1 else 0 end) = 1 as is_complete,
        count(*) as accounts_at_start,
        {{ count_where('churn_kind is not null') }} as churned_accounts,
        {{ count_where("churn_kind = 'voluntary'") }} as churned_accounts_voluntary,
        {{ count_where("churn_kind = 'involuntary'") }} as churned_accounts_involuntary,
        {{ whole_sum('opening_mrr') }} as opening_mrr,
        {{ whole_sum('churned_mrr') }} as churned_mrr,
        {{ count_where('opening_mrr is null or churned_mrr is null') }} as accounts_without_rate
    from by_tier_and_all
    group by month, plan_tier

),

final as (

    select
        counted.*,
        {{ rate('churned_accounts', 'accounts_at_start') }} as logo_churn_rate,
        {{ wilson_bound('churned_accounts', 'accounts_at_start', -1) }} as logo_churn_rate_low,
        {{ wilson_bound('churned_accounts', 'accounts_at_start', 1) }} as logo_churn_rate_high,
        {{ rate('churned_accounts_voluntary', 'accounts_at_start') }} as voluntary_churn_rate,
        {{ rate('churned_accounts_involuntary', 'accounts_at_start') }} as involuntary_churn_rate,
        {{ rate('churned_mrr', 'opening_mrr') }} as churned_mrr_rate
    from counted

)

select
    month,
    plan_tier,
    month_end,
    is_complete,
    accounts_at_start,
    churned_accounts,
    churned_accounts_voluntary,
    churned_accounts_involuntary,
    logo_churn_rate,
    logo_churn_rate_low,
    logo_churn_rate_high,
    voluntary_churn_rate,
    involuntary_churn_rate,
    opening_mrr,
    churned_mrr,
    churned_mrr_rate,
    accounts_without_rate
from final
