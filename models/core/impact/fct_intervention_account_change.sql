{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('day_zero'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'day_zero', 'days': 'compared_days'},
) }}
-- Whole numbers only: what is estimated from these rows must not depend on their order. Exact because a row follows from who is compared,
-- from the days around day 0 that are, and from whether as_of has reached their end, for which compared_days() looks.
{%- set weeks = impact_baseline_days() // 7 %}
{%- if is_incremental() %}
    {%- set replaced = compared_days() %}
    {%- set near = days_around(replaced, impact_days_before(), impact_days_after()) %}
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
        use_quartile,
        plan_tier,
        is_exposed
    from {{ ref('bridge_intervention_account') }}
    {%- if is_incremental() %}
    where {{ in_days('day_zero', near) }}
    {%- endif %}

),

comparison as (

    {{ impact_comparisons() }}

),

cell as (

    -- What is compared with what, numbered: sums are made by number and account, where three texts would be dragged along.
    select
        intervention.intervention_id,
        intervention.days_shifted,
        intervention.feature,
        intervention.day_zero,
        comparison.comparison,
        comparison.horizon_days,
        comparison.before_last,
        comparison.after_first,
        comparison.after_last,
        {{ add_days('intervention.day_zero', 'comparison.before_first') }} as first_date,
        {{ add_days('intervention.day_zero', 'comparison.after_last') }} as last_date,
        row_number() over (order by intervention.intervention_id, comparison.comparison, comparison.horizon_days) as cell_number
    from (
        select
            intervention_id,
            days_shifted,
            feature,
            day_zero
        from picked
        group by intervention_id, days_shifted, feature, day_zero
    ) as intervention
    inner join comparison on intervention.days_shifted = comparison.days_shifted
    inner join as_of on {{ add_days('intervention.day_zero', 'comparison.after_last') }} <= as_of.as_of
    {%- if is_incremental() %}
    where {{ in_days('intervention.day_zero', replaced) }}
    {%- endif %}

),

asked as (

    select
        picked.account_id,
        picked.use_quartile,
        picked.plan_tier,
        picked.is_exposed,
        cell.*
    from picked
    inner join cell on picked.intervention_id = cell.intervention_id and picked.days_shifted = cell.days_shifted

),

use_day as (

    select
        asked.cell_number,
        asked.account_id,
        asked.before_last,
        asked.after_first,
        asked.after_last,
        {{ days_between('asked.day_zero', 'uses.event_date') }} as nth_day,
        uses.use_count
    from asked
    inner join {{ ref('fct_account_feature_day') }} as uses
        on asked.account_id = uses.account_id
        and asked.feature = uses.feature
        and asked.first_date <= uses.event_date
        and asked.last_date >= uses.event_date
    {%- if is_incremental() %}
    where {{ in_days('uses.event_date', near) }}
    {%- endif %}

),

use_sums as (

    select
        cell_number,
        account_id,
        sum(case when nth_day <= before_last then use_count else 0 end) as uses_before,
        sum(
            case when nth_day <= before_last then use_count * {{ days_on_weekday_of('nth_day', 'after_first', 'after_last') }} else 0 end
        ) as uses_before_by_weekday,
        sum(case when nth_day >= after_first then use_count else 0 end) as uses_after
    from use_day
    group by cell_number, account_id

),

session_day as (

    select
        asked.cell_number,
        asked.account_id,
        asked.before_last,
        asked.after_first,
        {{ days_between('asked.day_zero', 'sessions.session_date') }} as nth_day,
        sessions.session_count
    from asked
    inner join {{ ref('account_session_day') }} as sessions
        on asked.account_id = sessions.account_id
        and asked.first_date <= sessions.session_date
        and asked.last_date >= sessions.session_date
    {%- if is_incremental() %}
    where {{ in_days('sessions.session_date', near) }}
    {%- endif %}

),

session_sums as (

    select
        cell_number,
        account_id,
        sum(case when nth_day <= before_last then session_count else 0 end) as sessions_before,
        sum(case when nth_day >= after_first then session_count else 0 end) as sessions_after
    from session_day
    group by cell_number, account_id

),

other_incident as (

    select
        asked.cell_number,
        asked.account_id,
        count(*) as incidents
    from asked
    inner join picked as other
        on asked.account_id = other.account_id
        and asked.feature = other.feature
        and asked.intervention_id <> other.intervention_id
        and asked.first_date <= other.day_zero
        and asked.last_date >= other.day_zero
    where other.kind = 'incident'
        and other.days_shifted = 0
        and other.is_exposed
    group by asked.cell_number, asked.account_id

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
    left join use_sums on asked.cell_number = use_sums.cell_number and asked.account_id = use_sums.account_id
    left join session_sums on asked.cell_number = session_sums.cell_number and asked.account_id = session_sums.account_id
    left join other_incident on asked.cell_number = other_incident.cell_number and asked.account_id = other_incident.account_id

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
