-- What happened, not what may come: nothing is projected here. Months are calendar months, so a cohort's first one is shorter for who
-- came late in it, and the same for everybody after.

with as_of as (

    select
        as_of,
        {{ month_start('as_of') }} as running_month
    from {{ ref('dim_as_of') }}

),

payment as (

    select
        payment.account_id,
        {{ month_start('payment.occurred_date') }} as month,
        payment.collected_minor,
        payment.collected,
        payment.refunded,
        payment.tax,
        payment.fee
    from {{ ref('fct_payment') }} as payment
    inner join as_of on payment.occurred_date <= as_of.as_of
    where payment.is_live and payment.account_id is not null

),

first_paid as (

    select
        account_id,
        min(month) as cohort_month
    from payment
    where collected_minor > 0
    group by account_id

),

cohort as (

    select
        cohort_month,
        count(*) as accounts
    from first_paid
    group by cohort_month

),

spine as (

    select
        cohort.cohort_month,
        cohort.accounts,
        month,
        cast(
            (extract(year from month) - extract(year from cohort.cohort_month)) * 12
            + extract(month from month) - extract(month from cohort.cohort_month) as {{ type_bigint() }}
        ) as age_months,
        {{ month_end('month', 'as_of.as_of') }} as month_end,
        {{ add_days(add_months('month', 1), -1) }} <= as_of.as_of as is_mature
    from cohort
    cross join as_of
    {{ cross_join_months('cohort.cohort_month', 'as_of.running_month', 'month') }}

),

by_month as (

    select
        first_paid.cohort_month,
        payment.month,
        count(*) as movements,
        count(distinct case when payment.collected_minor > 0 then payment.account_id end) as paying_accounts,
        sum(payment.collected) as collected,
        sum(payment.refunded) as refunded,
        sum(payment.tax) as tax,
        sum(payment.fee) as fees,
        {{ count_where('payment.collected is null or payment.refunded is null or payment.tax is null or payment.fee is null') }} as payments_without_rate
    from payment
    inner join first_paid on payment.account_id = first_paid.account_id
    group by first_paid.cohort_month, payment.month

),

filled as (

    select
        spine.cohort_month,
        spine.age_months,
        spine.month,
        spine.month_end,
        spine.is_mature,
        spine.accounts,
        coalesce(by_month.paying_accounts, 0) as paying_accounts,
        coalesce(by_month.movements, 0) as movements,
        coalesce(by_month.payments_without_rate, 0) as payments_without_rate,
        {%- for figure in ['collected', 'refunded', 'tax', 'fees'] %}
        coalesce(by_month.{{ figure }}, 0) as {{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from spine
    left join by_month on spine.cohort_month = by_month.cohort_month and spine.month = by_month.month

),

running as (

    select
        filled.*,
        {%- for figure in ['collected', 'refunded', 'tax', 'fees'] %}
        sum({{ figure }}) over to_this_age as {{ figure }}_to_date,
        {%- endfor %}
        cast(sum(payments_without_rate) over to_this_age as {{ type_bigint() }}) as payments_without_rate_to_date
    from filled
    window to_this_age as (partition by cohort_month order by age_months rows between unbounded preceding and current row)

),

final as (

    -- A sum that lacks a payment is no sum.
    select
        cohort_month,
        age_months,
        month,
        month_end,
        is_mature,
        accounts,
        paying_accounts,
        movements,
        payments_without_rate_to_date,
        {%- for figure in ['collected', 'refunded', 'tax', 'fees'] %}
        case when payments_without_rate = 0 then cast({{ figure }} as {{ type_decimal() }}) end as {{ figure }},
        {%- endfor %}
        {%- for figure in ['collected', 'refunded', 'tax', 'fees'] %}
        case when payments_without_rate_to_date = 0 then cast({{ figure }}_to_date as {{ type_decimal() }}) end as {{ figure }}_to_date,
        {%- endfor %}
        case
            when payments_without_rate_to_date = 0
                then {{ observed_ltv(net_collected('collected_to_date', 'refunded_to_date', 'tax_to_date', 'fees_to_date')) }}
        end as ltv
    from running

)

select
    cohort_month,
    age_months,
    month,
    month_end,
    is_mature,
    accounts,
    paying_accounts,
    movements,
    collected,
    refunded,
    tax,
    fees,
    collected_to_date,
    refunded_to_date,
    tax_to_date,
    fees_to_date,
    ltv,
    {{ rate('ltv', 'accounts') }} as ltv_per_account,
    payments_without_rate_to_date
from final
