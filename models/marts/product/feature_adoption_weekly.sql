-- Weeks of use as they are counted, and who first used a feature in each.

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

feature_week as (

    select
        unit,
        feature,
        week_start,
        active_units,
        feature_users,
        active_feature_users,
        use_count,
        days_used
    from {{ ref('feature_use_week') }}

),

adopter as (

    select
        unit,
        feature,
        {{ week_start('first_used_on') }} as week_start,
        {{ is_repeat_use('first_used_on', 'used_again_on') }} as is_repeat,
        days_to_first_use
    from {{ ref('fct_feature_adopter') }}

),

with_median as (

    select
        adopter.*,
        {{ quantile_over('days_to_first_use', 0.5, 'unit, feature, week_start') }} as median_days_to_first_use
    from adopter

),

adopted_by_week as (

    select
        unit,
        feature,
        week_start,
        count(*) as new_adopters,
        {{ count_where('is_repeat') }} as repeat_adopters,
        count(days_to_first_use) as adopters_with_start,
        max(median_days_to_first_use) as median_days_to_first_use
    from with_median
    group by unit, feature, week_start

),

counted as (

    select
        feature_week.*,
        as_of.as_of,
        coalesce(adopted_by_week.new_adopters, 0) as new_adopters,
        cast(sum(coalesce(adopted_by_week.new_adopters, 0)) over (
            partition by feature_week.unit, feature_week.feature
            order by feature_week.week_start
        ) as {{ type_bigint() }}) as cumulative_adopters,
        coalesce(adopted_by_week.repeat_adopters, 0) as repeat_adopters,
        coalesce(adopted_by_week.adopters_with_start, 0) as adopters_with_start,
        adopted_by_week.median_days_to_first_use
    from feature_week
    cross join as_of
    left join adopted_by_week
        on feature_week.unit = adopted_by_week.unit
        and feature_week.feature = adopted_by_week.feature
        and feature_week.week_start = adopted_by_week.week_start

),

final as (

    select
        counted.*,
        {{ rate('active_feature_users', 'active_units') }} as adoption_rate,
        {{ wilson_bound('active_feature_users', 'active_units', -1) }} as adoption_rate_low,
        {{ wilson_bound('active_feature_users', 'active_units', 1) }} as adoption_rate_high,
        {{ rate('use_count', 'feature_users') }} as uses_per_user,
        {{ rate('days_used', 'feature_users') }} as days_used_per_user,
        {{ rate('repeat_adopters', 'new_adopters') }} as repeat_rate,
        {{ wilson_bound('repeat_adopters', 'new_adopters', -1) }} as repeat_rate_low,
        {{ wilson_bound('repeat_adopters', 'new_adopters', 1) }} as repeat_rate_high,
        {{ add_days('week_start', 6) }} <= as_of as is_mature,
        {{ add_days('week_start', 6 + repeat_use_days()) }} <= as_of as is_repeat_mature
    from counted

)

select
    unit,
    feature,
    week_start,
    active_units,
    feature_users,
    active_feature_users,
    adoption_rate,
    adoption_rate_low,
    adoption_rate_high,
    use_count,
    uses_per_user,
    days_used,
    days_used_per_user,
    new_adopters,
    cumulative_adopters,
    repeat_adopters,
    repeat_rate,
    repeat_rate_low,
    repeat_rate_high,
    adopters_with_start,
    median_days_to_first_use,
    is_mature,
    is_repeat_mature
from final
