{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('week_start'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'week_start', 'days': 'feature_use_weeks'},
) }}
-- Exact because a row follows from the person-days and account-days of its own week, and from what it keeps of the rest: since when the
-- feature is there, and to which day the week has been counted. Weeks of which either has changed are named by feature_use_weeks().
{%- if is_incremental() %}
    {%- set weeks = feature_use_weeks() %}
    {%- set days = days_around(weeks, 0, 6) %}
{%- endif %}

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

feature_week as (

    {{ weeks_of_features() }}

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
    {%- if is_incremental() %}
        and {{ in_days('person_day.event_date', days) }}
    {%- endif %}
    group by person_day.person_id, {{ week_start('person_day.event_date') }}
    union all
    select
        'account' as unit,
        account_day.account_id as unit_id,
        {{ week_start('account_day.event_date') }} as week_start
    from {{ ref('fct_account_day') }} as account_day
    inner join as_of on account_day.event_date <= as_of.as_of
    where account_day.is_active
    {%- if is_incremental() %}
        and {{ in_days('account_day.event_date', days) }}
    {%- endif %}
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

use_day as (

    select 'person' as unit, person_id as unit_id, feature, event_date, use_count from {{ ref('fct_person_feature_day') }}
    union all
    select 'account' as unit, account_id as unit_id, feature, event_date, use_count from {{ ref('fct_account_feature_day') }}

),

use_week as (

    -- What was used before the launch was a preview.
    select
        use_day.unit,
        use_day.unit_id,
        use_day.feature,
        feature_week.week_start,
        sum(use_day.use_count) as use_count,
        count(*) as days_used
    from use_day
    inner join feature_week
        on use_day.feature = feature_week.feature
        and {{ week_start('use_day.event_date') }} = feature_week.week_start
        and use_day.event_date between feature_week.available_from and feature_week.counted_to
    {%- if is_incremental() %}
    where {{ in_days('use_day.event_date', days) }}
    {%- endif %}
    group by use_day.unit, use_day.unit_id, use_day.feature, feature_week.week_start

),

used_by_week as (

    select
        use_week.unit,
        use_week.feature,
        use_week.week_start,
        count(*) as feature_users,
        {{ count_where('active_week.unit_id is not null') }} as active_feature_users,
        sum(use_week.use_count) as use_count,
        sum(use_week.days_used) as days_used
    from use_week
    left join active_week
        on use_week.unit = active_week.unit and use_week.unit_id = active_week.unit_id and use_week.week_start = active_week.week_start
    group by use_week.unit, use_week.feature, use_week.week_start

),

units as (

    select 'person' as unit
    union all
    select 'account' as unit

),

final as (

    select
        units.unit,
        feature_week.feature,
        feature_week.week_start,
        feature_week.available_from,
        feature_week.counted_to,
        coalesce(active_by_week.active_units, 0) as active_units,
        coalesce(used_by_week.feature_users, 0) as feature_users,
        coalesce(used_by_week.active_feature_users, 0) as active_feature_users,
        cast(coalesce(used_by_week.use_count, 0) as {{ type_bigint() }}) as use_count,
        cast(coalesce(used_by_week.days_used, 0) as {{ type_bigint() }}) as days_used
    from feature_week
    cross join units
    left join active_by_week on units.unit = active_by_week.unit and feature_week.week_start = active_by_week.week_start
    left join used_by_week
        on units.unit = used_by_week.unit
        and feature_week.feature = used_by_week.feature
        and feature_week.week_start = used_by_week.week_start
    {%- if is_incremental() %}
    where {{ in_days('feature_week.week_start', weeks) }}
    {%- endif %}

)

select
    unit,
    feature,
    week_start,
    available_from,
    counted_to,
    active_units,
    feature_users,
    active_feature_users,
    use_count,
    days_used
from final
