-- What each account pays at the end of each month, and what it paid at the end of the month before. A month in which it stopped has
-- a row with 0; months after it have none. The running month ends at as_of.

with as_of as (

    select
        as_of,
        {{ month_start('as_of') }} as running_month
    from {{ ref('dim_as_of') }}

),

paying as (

    select
        account_id,
        currency,
        currency_exponent,
        plan_tier,
        plan_tier_rank,
        mrr_minor,
        is_history_inferred,
        valid_from,
        valid_to,
        {{ reporting_day('valid_from') }} as first_day
    from {{ ref('fct_subscription_period') }}
    where mrr_minor > 0

),

spanned as (

    select
        paying.*,
        as_of.as_of,
        {{ month_start('paying.first_day') }} as first_month,
        as_of.running_month
    from paying
    cross join as_of
    where paying.first_day <= as_of.as_of

),

in_month as (

    select
        spanned.*,
        month,
        {{ month_end('month', 'as_of') }} as month_end
    from spanned
    {{ cross_join_months('first_month', 'running_month', 'month') }}

),

at_end as (

    -- Counted when it holds at the last moment of the day.
    select in_month.*
    from in_month
    where valid_from < {{ reporting_day_start(add_days('month_end', 1)) }}
        and (valid_to is null or valid_to >= {{ reporting_day_start(add_days('month_end', 1)) }})

),

tier_mrr as (

    select
        account_id,
        month,
        plan_tier,
        max(plan_tier_rank) as plan_tier_rank
    from at_end
    group by account_id, month, plan_tier

),

tier as (

    select
        account_id,
        month,
        plan_tier,
        row_number() over (partition by account_id, month order by plan_tier_rank desc, plan_tier) as rank_of_tier
    from tier_mrr

),

closing as (

    select
        account_id,
        currency,
        month,
        max(currency_exponent) as currency_exponent,
        sum(mrr_minor) as mrr_minor,
        {{ count_where('is_history_inferred') }} > 0 as is_history_inferred
    from at_end
    group by account_id, currency, month

),

both_ends as (

    select account_id, currency, month, currency_exponent, mrr_minor as closing_minor, 0 as opening_minor, is_history_inferred
    from closing
    union all
    select
        closing.account_id,
        closing.currency,
        {{ add_months('closing.month', 1) }} as month,
        closing.currency_exponent,
        0 as closing_minor,
        closing.mrr_minor as opening_minor,
        false as is_history_inferred
    from closing
    cross join as_of
    where closing.month < as_of.running_month

),

per_month as (

    select
        both_ends.account_id,
        both_ends.currency,
        both_ends.month,
        max(both_ends.currency_exponent) as currency_exponent,
        sum(both_ends.opening_minor) as opening_minor,
        sum(both_ends.closing_minor) as closing_minor,
        {{ count_where('both_ends.is_history_inferred') }} > 0 as is_history_inferred
    from both_ends
    group by both_ends.account_id, both_ends.currency, both_ends.month

),

dated as (

    select
        per_month.*,
        {{ month_end('per_month.month', 'as_of.as_of') }} as month_end,
        {{ add_days('per_month.month', -1) }} as opening_day,
        {{ add_days(add_months('per_month.month', 1), -1) }} <= as_of.as_of as is_complete
    from per_month
    cross join as_of

),

asked_rate as (

    select currency, month_end as day from dated
    union all
    select currency, opening_day as day from dated

),

dated_rate as (

    {{ dated_rate('asked_rate', 'currency', 'day') }}

),

final as (

    select
        dated.account_id,
        dated.currency,
        dated.month,
        dated.month_end,
        dated.is_complete,
        cast(dated.currency_exponent as {{ type_bigint() }}) as currency_exponent,
        coalesce(tier.plan_tier, opening_tier.plan_tier) as plan_tier,
        opening_tier.plan_tier as opening_plan_tier,
        cast(dated.opening_minor as {{ type_bigint() }}) as opening_mrr_minor,
        cast(dated.closing_minor as {{ type_bigint() }}) as mrr_minor,
        opening_rate.rate as opening_fx_rate,
        closing_rate.rate as closing_fx_rate,
        {{ at_rate('dated.opening_minor', 'dated.currency_exponent', 'opening_rate.rate') }} as opening_mrr,
        {{ at_rate('dated.closing_minor', 'dated.currency_exponent', 'closing_rate.rate') }} as mrr,
        {{ at_rate('dated.closing_minor', 'dated.currency_exponent', 'opening_rate.rate') }} as mrr_at_opening_rate,
        dated.is_history_inferred
    from dated
    left join tier
        on dated.account_id = tier.account_id and dated.month = tier.month and tier.rank_of_tier = 1
    left join tier as opening_tier
        on dated.account_id = opening_tier.account_id
        and {{ add_months('dated.month', -1) }} = opening_tier.month
        and opening_tier.rank_of_tier = 1
    left join dated_rate as opening_rate on dated.currency = opening_rate.currency and dated.opening_day = opening_rate.day
    left join dated_rate as closing_rate on dated.currency = closing_rate.currency and dated.month_end = closing_rate.day

)

select
    account_id,
    currency,
    month,
    month_end,
    is_complete,
    currency_exponent,
    plan_tier,
    opening_plan_tier,
    opening_mrr_minor,
    mrr_minor,
    opening_fx_rate,
    closing_fx_rate,
    opening_mrr,
    mrr,
    mrr_at_opening_rate,
    is_history_inferred
from final
