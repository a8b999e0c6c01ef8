{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('day_zero'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'day_zero', 'days': 'compared_days', 'sorted': true},
) }}
-- Whole numbers only: what is estimated from these rows must not depend on their order. Exact because a row follows from who is compared,
-- from the days around day 0 that are, and from whether as_of has reached their end, for which compared_days() looks.
{%- set weeks = impact_baseline_days() // 7 %}
{%- if is_incremental() %}
    {%- set replaced = compared_days() %}
    {%- set near = days_around(replaced, impact_days_before(), impact_days_after()) %}
    {%- set others = days_around(replaced, impact_days_before() + impact_days_of_harm(), impact_days_after()) %}
{%- endif %}

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

picked as (

    select
        intervention_id,
        days_shifted,
        account_id,
        kind,
        feature,
        day_zero,
        last_day,
        use_quartile,
        plan_tier,
        is_exposed,
        row_number() over (order by intervention_id, days_shifted, account_id) as pick
    from {{ ref('bridge_intervention_account') }}
    {%- if is_incremental() %}
    where {{ in_days('day_zero', others) }}
    {%- endif %}

),

comparison as (

    select
        windows.*,
        row_number() over (order by windows.comparison, windows.horizon_days) as pair
    from ({{ impact_comparisons() }}) as windows

),

asked as (

    select
        picked.pick,
        comparison.pair,
        picked.intervention_id,
        picked.account_id,
        picked.feature,
        picked.day_zero,
        picked.use_quartile,
        picked.plan_tier,
        picked.is_exposed,
        comparison.comparison,
        comparison.horizon_days,
        comparison.after_first,
        comparison.after_last,
        {{ add_days('picked.day_zero', 'comparison.before_first') }} as first_date,
        {{ add_days('picked.day_zero', 'comparison.after_last') }} as last_date
    from picked
    inner join comparison on picked.days_shifted = comparison.days_shifted
    inner join as_of on {{ add_days('picked.day_zero', 'comparison.after_last') }} <= as_of.as_of
    {%- if is_incremental() %}
    where {{ in_days('picked.day_zero', replaced) }}
    {%- endif %}

),

use_day as (

    -- A day lies in several windows, so an account's days are found once and then their windows, and sums are made by two numbers instead of
    -- four texts: 8.0 CPU s at 38 million events, 12.2 with a row for each window before its days are looked for.
    select
        picked.pick,
        picked.days_shifted,
        {{ days_between('picked.day_zero', 'uses.event_date') }} as nth_day,
        uses.use_count
    from picked
    inner join {{ ref('fct_account_feature_day') }} as uses
        on picked.account_id = uses.account_id
        and picked.feature = uses.feature
        and uses.event_date >= {{ add_days('picked.day_zero', -impact_days_before()) }}
        and uses.event_date <= {{ add_days('picked.day_zero', impact_days_after()) }}
    {%- if is_incremental() %}
    where {{ in_days('picked.day_zero', replaced) }} and {{ in_days('uses.event_date', near) }}
    {%- endif %}

),

use_sums as (

    select
        use_day.pick,
        comparison.pair,
        sum(case when nth_day <= before_last then use_count else 0 end) as uses_before,
        sum(
            case when nth_day <= before_last then use_count * {{ days_on_weekday_of('nth_day', 'after_first', 'after_last') }} else 0 end
        ) as uses_before_by_weekday,
        sum(case when nth_day >= after_first then use_count else 0 end) as uses_after
    from use_day
    inner join comparison
        on use_day.days_shifted = comparison.days_shifted
        and use_day.nth_day between comparison.before_first and comparison.after_last
    group by use_day.pick, comparison.pair

),

session_day as (

    select
        picked.pick,
        picked.days_shifted,
        {{ days_between('picked.day_zero', 'sessions.session_date') }} as nth_day,
        sessions.session_count
    from picked
    inner join {{ ref('account_session_day') }} as sessions
        on picked.account_id = sessions.account_id
        and sessions.session_date >= {{ add_days('picked.day_zero', -impact_days_before()) }}
        and sessions.session_date <= {{ add_days('picked.day_zero', impact_days_after()) }}
    {%- if is_incremental() %}
    where {{ in_days('picked.day_zero', replaced) }} and {{ in_days('sessions.session_date', near) }}
    {%- endif %}

),

session_sums as (

    select
        session_day.pick,
        comparison.pair,
        sum(case when nth_day <= before_last then session_count else 0 end) as sessions_before,
        sum(case when nth_day >= after_first then session_count else 0 end) as sessions_after
    from session_day
    inner join comparison
        on session_day.days_shifted = comparison.days_shifted
        and session_day.nth_day between comparison.before_first and comparison.after_last
    group by session_day.pick, comparison.pair

),

other_incident as (

    select
        asked.pick,
        asked.pair,
        count(*) as incidents
    from asked
    inner join picked as other
        on asked.account_id = other.account_id
        and asked.feature = other.feature
        and asked.intervention_id <> other.intervention_id
        and asked.first_date <= other.last_day
        and asked.last_date >= other.day_zero
    where other.kind = 'incident'
        and other.days_shifted = 0
        and other.is_exposed
    group by asked.pick, asked.pair

),

compared as (

    select
        asked.intervention_id,
        asked.comparison,
        asked.horizon_days,
        asked.account_id,
        asked.day_zero,
        asked.use_quartile,
        asked.plan_tier,
        asked.is_exposed,
        other_incident.incidents is not null as is_hit_by_another,
        asked.after_last - asked.after_first + 1 as days_after,
        coalesce(use_sums.uses_before, 0) as uses_before,
        coalesce(use_sums.uses_before_by_weekday, 0) as uses_before_by_weekday,
        coalesce(use_sums.uses_after, 0) as uses_after,
        coalesce(session_sums.sessions_before, 0) as sessions_before,
        coalesce(session_sums.sessions_after, 0) as sessions_after
    from asked
    left join use_sums on asked.pick = use_sums.pick and asked.pair = use_sums.pair
    left join session_sums on asked.pick = session_sums.pick and asked.pair = session_sums.pair
    left join other_incident on asked.pick = other_incident.pick and asked.pair = other_incident.pair

),

final as (

    select
        compared.*,
        'feature_use' as outcome,
        days_after * {{ weeks }} as parts,
        uses_before_by_weekday as before_in_parts,
        uses_after * {{ weeks }} as after_in_parts
    from compared
    union all
    select
        compared.*,
        'conversion' as outcome,
        1000000 as parts,
        case when sessions_before > 0 then {{ divided_half_up(whole('uses_before') ~ ' * 1000000', whole('sessions_before')) }} end as before_in_parts,
        case when sessions_after > 0 then {{ divided_half_up(whole('uses_after') ~ ' * 1000000', whole('sessions_after')) }} end as after_in_parts
    from compared

)

select
    intervention_id,
    comparison,
    cast(horizon_days as {{ type_bigint() }}) as horizon_days,
    outcome,
    account_id,
    day_zero,
    use_quartile,
    plan_tier,
    is_exposed,
    is_hit_by_another,
    cast(parts as {{ type_bigint() }}) as parts,
    cast(before_in_parts as {{ type_bigint() }}) as before_in_parts,
    cast(after_in_parts as {{ type_bigint() }}) as after_in_parts
from final
