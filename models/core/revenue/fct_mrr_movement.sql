-- From month end to month end. New and churn are of the account as a whole; an account that leaves one currency for another has
-- switched, not churned. In the reporting currency what goes is counted at the opening rate, what comes at the closing rate, and
-- the rest of the difference is the effect of the rates, rounding included.

with account_month as (

    select * from {{ ref('fct_account_mrr_month') }}

),

whole_account as (

    select
        account_id,
        month,
        {{ count_where('opening_mrr_minor > 0') }} > 0 as was_paying,
        {{ count_where('mrr_minor > 0') }} > 0 as is_paying,
        {{ count_where('opening_mrr_minor > 0 and mrr_minor = 0') }} > 0 as left_a_currency,
        {{ count_where('opening_mrr_minor = 0 and mrr_minor > 0') }} > 0 as took_up_a_currency
    from account_month
    group by account_id, month

),

first_paid as (

    select
        account_id,
        min(month) as first_month
    from account_month
    where mrr_minor > 0
    group by account_id

),

kinds as (

    select
        account_month.account_id,
        account_month.currency,
        account_month.month,
        account_month.month_end,
        account_month.is_complete,
        account_month.currency_exponent,
        account_month.plan_tier,
        account_month.opening_plan_tier,
        account_month.opening_mrr_minor,
        account_month.mrr_minor,
        account_month.opening_fx_rate,
        account_month.closing_fx_rate,
        account_month.opening_mrr,
        account_month.mrr,
        case
            when not whole_account.was_paying and first_paid.first_month < account_month.month then 'reactivation'
            when not whole_account.was_paying then 'new'
            when not whole_account.is_paying then 'churn'
            when account_month.opening_mrr_minor = 0 and whole_account.left_a_currency then 'currency_switch'
            when account_month.mrr_minor = 0 and whole_account.took_up_a_currency then 'currency_switch'
            when account_month.mrr_minor > account_month.opening_mrr_minor then 'expansion'
            when account_month.mrr_minor < account_month.opening_mrr_minor then 'contraction'
        end as kind
    from account_month
    inner join whole_account
        on account_month.account_id = whole_account.account_id and account_month.month = whole_account.month
    left join first_paid on account_month.account_id = first_paid.account_id

),

valued as (

    select
        kinds.*,
        mrr_minor - opening_mrr_minor as amount_minor,
        {{ at_rate(
            '(mrr_minor - opening_mrr_minor)', 'currency_exponent',
            'case when mrr_minor > opening_mrr_minor then closing_fx_rate else opening_fx_rate end') }} as amount
    from kinds

),

ended as (

    -- How the last thing that the account paid for came to its end.
    select
        valued.account_id,
        valued.month,
        coalesce(period.end_kind, 'voluntary') as churn_kind,
        period.cancel_reason,
        row_number() over (
            partition by valued.account_id, valued.month
            order by period.valid_to desc, coalesce(period.end_kind, 'voluntary'), period.subscription_period_id
        ) as recency
    from valued
    inner join {{ ref('fct_subscription_period') }} as period on valued.account_id = period.account_id
    where valued.kind = 'churn'
        and period.mrr_minor > 0
        and period.valid_to < {{ reporting_day_start(add_days('valued.month_end', 1)) }}

),

moved as (

    select
        valued.account_id,
        valued.currency,
        valued.month,
        valued.month_end,
        valued.is_complete,
        valued.currency_exponent,
        valued.kind,
        -- The kind is asked here: asked of the left side of a left join, DuckDB compares every row with every other.
        case when valued.kind = 'churn' then ended.churn_kind end as churn_kind,
        case when valued.kind = 'churn' then ended.cancel_reason end as cancel_reason,
        coalesce(case when valued.kind in ('churn', 'contraction') then valued.opening_plan_tier end, valued.plan_tier) as plan_tier,
        valued.amount_minor,
        valued.amount
    from valued
    left join ended
        on valued.account_id = ended.account_id
        and valued.month = ended.month
        and ended.recency = 1
    where valued.kind is not null

),

rates_moved as (

    select
        account_id,
        currency,
        month,
        month_end,
        is_complete,
        currency_exponent,
        plan_tier,
        mrr - opening_mrr - amount as amount
    from valued

),

final as (

    select
        account_id,
        currency,
        month,
        month_end,
        is_complete,
        currency_exponent,
        kind,
        churn_kind,
        cancel_reason,
        plan_tier,
        amount_minor,
        cast(amount as {{ type_decimal() }}) as amount
    from moved
    union all
    select
        account_id,
        currency,
        month,
        month_end,
        is_complete,
        currency_exponent,
        'fx_effect' as kind,
        cast(null as {{ type_string() }}) as churn_kind,
        cast(null as {{ type_string() }}) as cancel_reason,
        plan_tier,
        cast(0 as {{ type_bigint() }}) as amount_minor,
        cast(amount as {{ type_decimal() }}) as amount
    from rates_moved
    where amount <> 0 or amount is null

)

select
    account_id,
    currency,
    month,
    month_end,
    is_complete,
    currency_exponent,
    kind,
    churn_kind,
    cancel_reason,
    plan_tier,
    amount_minor,
    amount
from final
