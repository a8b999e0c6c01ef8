-- From person-days and account-days of features, which are compact: one row of each per week and unit, then counts.

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

feature as (

    select
        feature,
        available_from,
        {{ week_start('available_from') }} as first_week
    from {{ ref('dim_feature') }}

),

active_week as (

    -- Put in one table as weeks, not as days: a key of three columns is grouped for a sixth less than one of four.
    select
        'person' as unit,
        person_day.person_id as unit_id,
        {{ week_start('person_day.event_date') }} as week_start
    from {{ ref('fct_person_day') }} as person_day
    inner join as_of on person_day.event_date <= as_of.as_of
    where person_day.is_active and not person_day.is_excluded
    group by person_day.person_id, {{ week_start('person_day.event_date') }}
    union all
    select
        'account' as unit,
        account_day.account_id as unit_id,
        {{ week_start('account_day.event_date') }} as week_start
    from {{ ref('fct_account_day') }} as account_day
    inner join as_of on account_day.event_date <= as_of.as_of
    where account_day.is_active
    group by account_day.account_id, {{ week_start('account_day.event_date') }}

),

active_by_week as (

    select
        unit,
        week_start,
        count(*) as active_units
    from active_week
    group by unit, week_start

),

use_week as (

    -- What was used before the launch was a preview.
    select
        'person' as unit,
        use_day.person_id as unit_id,
        use_day.feature,
        {{ week_start('use_day.event_date') }} as week_start,
        sum(use_day.use_count) as use_count,
        count(*) as days_used
    from {{ ref('fct_person_feature_day') }} as use_day
    inner join feature on use_day.feature = feature.feature and use_day.event_date >= feature.available_from
    inner join as_of on use_day.event_date <= as_of.as_of
    group by use_day.person_id, use_day.feature, {{ week_start('use_day.event_date') }}
    union all
    select
        'account' as unit,
        use_day.account_id as unit_id,
        use_day.feature,
        {{ week_start('use_day.event_date') }} as week_start,
        sum(use_day.use_count) as use_count,
        count(*) as days_used
    from {{ ref('fct_account_feature_day') }} as use_day
    inner join feature on use_day.feature = feature.feature and use_day.event_date >= feature.available_from
    inner join as_of on use_day.event_date <= as_of.as_of
    group by use_day.account_id, use_day.feature, {{ week_start('use_day.event_date') }}

),

used_by_week as (

    select
        use_week.unit,
        use_week.feature,
        use_week.week_start,
        count(*) as feature_users,
        {{ count_where('active_week.unit_id is not null') }} as active_feature_users,
        cast(sum(use_week.use_count) as {{ type_bigint() }}) as use_count,
        cast(sum(use_week.days_used) as {{ type_bigint() }}) as days_used
    from use_week
    left join active_week
        on use_week.unit = active_week.unit and use_week.unit_id = active_week.unit_id and use_week.week_start = active_week.week_start
    group by use_week.unit, use_week.feature, use_week.week_start

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

units as (

    select 'person' as unit
    union all
    select 'account' as unit

),

feature_weeks as (

    select
        feature.feature,
        feature.first_week,
        as_of.as_of,
        {{ whole_quotient(days_between('feature.first_week', 'as_of.as_of'), 7) }} as last_week_number
    from feature
    inner join as_of on feature.available_from <= as_of.as_of

),

spine as (

    select
        units.unit,
        feature_weeks.feature,
        {{ add_days('feature_weeks.first_week', '7 * week_number') }} as week_start,
        feature_weeks.as_of
    from feature_weeks
    cross join units
    {{ cross_join_counter('feature_weeks.last_week_number', 'week_number') }}

),

counted as (

    select
        spine.unit,
        spine.feature,
        spine.week_start,
        spine.as_of,
        coalesce(active_by_week.active_units, 0) as active_units,
        coalesce(used_by_week.feature_users, 0) as feature_users,
        coalesce(used_by_week.active_feature_users, 0) as active_feature_users,
        coalesce(used_by_week.use_count, 0) as use_count,
        coalesce(used_by_week.days_used, 0) as days_used,
        coalesce(adopted_by_week.new_adopters, 0) as new_adopters,
        cast(sum(coalesce(adopted_by_week.new_adopters, 0)) over (
            partition by spine.unit, spine.feature
            order by spine.week_start
        ) as {{ type_bigint() }}) as cumulative_adopters,
        coalesce(adopted_by_week.repeat_adopters, 0) as repeat_adopters,
        coalesce(adopted_by_week.adopters_with_start, 0) as adopters_with_start,
        adopted_by_week.median_days_to_first_use
    from spine
    left join active_by_week on spine.unit = active_by_week.unit and spine.week_start = active_by_week.week_start
    left join used_by_week
        on spine.unit = used_by_week.unit and spine.feature = used_by_week.feature and spine.week_start = used_by_week.week_start
    left join adopted_by_week
        on spine.unit = adopted_by_week.unit
        and spine.feature = adopted_by_week.feature
        and spine.week_start = adopted_by_week.week_start

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
