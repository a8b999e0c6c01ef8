with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

activation as (

    select
        unit,
        unit_id,
        signed_up_on,
        is_activated,
        {{ rate(microseconds_between('signed_up_at', 'activated_at'), 3600000000) }} as hours_to_activate,
        {{ days_between('signed_up_on', 'window_ends_on') }} as window_days
    from {{ ref('fct_activation') }}

),

cohorts as (

    select
        activation.*,
        'week' as cohort_period,
        {{ week_start('signed_up_on') }} as cohort_start,
        {{ add_days(week_start('signed_up_on'), 6) }} as cohort_end
    from activation
    union all
    select
        activation.*,
        'month' as cohort_period,
        {{ month_start('signed_up_on') }} as cohort_start,
        {{ add_days(add_months(month_start('signed_up_on'), 1), -1) }} as cohort_end
    from activation

),

with_quantiles as (

    select
        cohorts.*,
        {{ quantile_over('hours_to_activate', 0.25, 'unit, cohort_period, cohort_start') }} as p25_hours_to_activate,
        {{ quantile_over('hours_to_activate', 0.5, 'unit, cohort_period, cohort_start') }} as median_hours_to_activate,
        {{ quantile_over('hours_to_activate', 0.75, 'unit, cohort_period, cohort_start') }} as p75_hours_to_activate
    from cohorts

),

counted as (

    select
        unit,
        cohort_period,
        cohort_start,
        max(cohort_end) as cohort_end,
        max(window_days) as window_days,
        count(*) as signed_up,
        {{ count_where('is_activated') }} as activated,
        max(p25_hours_to_activate) as p25_hours_to_activate,
        max(median_hours_to_activate) as median_hours_to_activate,
        max(p75_hours_to_activate) as p75_hours_to_activate
    from with_quantiles
    group by unit, cohort_period, cohort_start

),

final as (

    select
        counted.unit,
        counted.cohort_period,
        counted.cohort_start,
        counted.signed_up,
        counted.activated,
        {{ rate('counted.activated', 'counted.signed_up') }} as activation_rate,
        {{ wilson_bound('counted.activated', 'counted.signed_up', -1) }} as activation_rate_low,
        {{ wilson_bound('counted.activated', 'counted.signed_up', 1) }} as activation_rate_high,
        counted.p25_hours_to_activate,
        counted.median_hours_to_activate,
        counted.p75_hours_to_activate,
        {{ add_days('counted.cohort_end', 'counted.window_days') }} <= as_of.as_of as is_mature
    from counted
    cross join as_of

)

select
    unit,
    cohort_period,
    cohort_start,
    signed_up,
    activated,
    activation_rate,
    activation_rate_low,
    activation_rate_high,
    p25_hours_to_activate,
    median_hours_to_activate,
    p75_hours_to_activate,
    is_mature
from final
