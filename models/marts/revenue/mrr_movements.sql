with account_month as (

    select
        account_id,
        currency,
        month,
        month_end,
        is_complete,
        {{ to_major('opening_mrr_minor', 'currency_exponent') }} as opening_own,
        {{ to_major('mrr_minor', 'currency_exponent') }} as closing_own,
        opening_mrr,
        mrr,
        mrr_at_opening_rate,
        is_history_inferred
    from {{ ref('fct_account_mrr_month') }}

),

movement as (

    select
        account_id,
        currency,
        month,
        kind,
        churn_kind,
        {{ to_major('amount_minor', 'currency_exponent') }} as amount_own,
        amount
    from {{ ref('fct_mrr_movement') }}

),

-- one line per account and basis: in its own currency, and all of its currencies at dated rates
account_balance as (

    select
        'currency' as basis,
        currency,
        month,
        account_id,
        max(month_end) as month_end,
        max(case when is_complete then 1 else 0 end) = 1 as is_complete,
        sum(opening_own) as opening,
        sum(closing_own) as closing,
        sum(closing_own) as closing_at_opening_rate,
        {{ count_where('is_history_inferred') }} > 0 as is_history_inferred,
        0 as without_rate
    from account_month
    group by currency, month, account_id
    union all
    select
        'reporting' as basis,
        '{{ var("reporting_currency") }}' as currency,
        month,
        account_id,
        max(month_end) as month_end,
        max(case when is_complete then 1 else 0 end) = 1 as is_complete,
        {{ whole_sum('opening_mrr') }} as opening,
        {{ whole_sum('mrr') }} as closing,
        {{ whole_sum('mrr_at_opening_rate') }} as closing_at_opening_rate,
        {{ count_where('is_history_inferred') }} > 0 as is_history_inferred,
        case when {{ count_where('opening_mrr is null or mrr is null') }} > 0 then 1 else 0 end as without_rate
    from account_month
    group by month, account_id

),

balance as (

    select
        basis,
        currency,
        month,
        max(month_end) as month_end,
        max(case when is_complete then 1 else 0 end) = 1 as is_complete,
        {{ whole_sum('opening') }} as opening_mrr,
        {{ whole_sum('closing') }} as closing_mrr,
        {{ whole_sum(kept_of_opening('opening', 'closing_at_opening_rate')) }} as retained_mrr_gross,
        {{ whole_sum(closing_of_opening('opening', 'closing_at_opening_rate')) }} as retained_mrr_net,
        {{ count_where('opening > 0') }} as paying_accounts_at_start,
        {{ count_where('closing > 0') }} as paying_accounts_at_end,
        {{ count_where('is_history_inferred') }} as accounts_with_inferred_history,
        sum(without_rate) as accounts_without_rate
    from account_balance
    group by basis, currency, month

),

basis_movement as (

    select 'currency' as basis, currency, month, account_id, kind, churn_kind, amount_own as amount
    from movement
    where kind <> 'fx_effect'
    union all
    select 'reporting' as basis, '{{ var("reporting_currency") }}' as currency, month, account_id, kind, churn_kind, amount
    from movement

),

moved as (

    select
        basis,
        currency,
        month,
        {{ sum_of('new', 'amount') }} as new_mrr,
        {{ sum_of('reactivation', 'amount') }} as reactivation_mrr,
        {{ sum_of('expansion', 'amount') }} as expansion_mrr,
        {{ sum_of('contraction', 'amount') }} as contraction_mrr,
        {{ sum_of('churn', 'amount') }} as churned_mrr,
        {{ sum_of('churn', 'amount', "churn_kind = 'voluntary'") }} as churned_mrr_voluntary,
        {{ sum_of('churn', 'amount', "churn_kind = 'involuntary'") }} as churned_mrr_involuntary,
        {{ sum_of('currency_switch', 'amount') }} as currency_switch_mrr,
        {{ sum_of('fx_effect', 'amount') }} as fx_effect,
        count(distinct case when kind = 'new' then account_id end) as new_accounts,
        count(distinct case when kind = 'reactivation' then account_id end) as reactivated_accounts,
        count(distinct case when kind = 'churn' then account_id end) as churned_accounts
    from basis_movement
    group by basis, currency, month

),

final as (

    select
        balance.month,
        balance.basis,
        balance.currency,
        balance.month_end,
        balance.is_complete,
        balance.opening_mrr,
        {% for part in ['new_mrr', 'reactivation_mrr', 'expansion_mrr', 'contraction_mrr', 'churned_mrr', 'churned_mrr_voluntary',
            'churned_mrr_involuntary', 'currency_switch_mrr', 'fx_effect'] -%}
        case when moved.month is null then cast(0 as {{ type_decimal() }}) else moved.{{ part }} end as {{ part }},
        {% endfor -%}
        balance.closing_mrr,
        balance.paying_accounts_at_start,
        coalesce(moved.new_accounts, 0) as new_accounts,
        coalesce(moved.reactivated_accounts, 0) as reactivated_accounts,
        coalesce(moved.churned_accounts, 0) as churned_accounts,
        balance.paying_accounts_at_end,
        balance.retained_mrr_gross,
        balance.retained_mrr_net,
        {{ rate('balance.retained_mrr_gross', 'balance.opening_mrr') }} as gross_revenue_retention,
        {{ rate('balance.retained_mrr_net', 'balance.opening_mrr') }} as net_revenue_retention,
        balance.accounts_with_inferred_history,
        cast(balance.accounts_without_rate as {{ type_bigint() }}) as accounts_without_rate
    from balance
    left join moved
        on balance.basis = moved.basis
        and balance.currency = moved.currency
        and balance.month = moved.month

)

select
    month,
    basis,
    currency,
    month_end,
    is_complete,
    opening_mrr,
    new_mrr,
    reactivation_mrr,
    expansion_mrr,
    contraction_mrr,
    churned_mrr,
    churned_mrr_voluntary,
    churned_mrr_involuntary,
    currency_switch_mrr,
    fx_effect,
    closing_mrr,
    paying_accounts_at_start,
    new_accounts,
    reactivated_accounts,
    churned_accounts,
    paying_accounts_at_end,
    retained_mrr_gross,
    retained_mrr_net,
    gross_revenue_retention,
    net_revenue_retention,
    accounts_with_inferred_history,
    accounts_without_rate
from final
