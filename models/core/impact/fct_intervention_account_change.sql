-- Whole numbers only: what is estimated from these rows must not depend on their order.
{%- set comparisons = impact_comparisons() %}
{%- set weeks = impact_baseline_days() // 7 %}
{%- set first_day = -2 * impact_baseline_days() %}
{%- set last_day = comparisons | map(attribute='after') | map('last') | max %}

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

),

use_day as (

    select
        picked.intervention_id,
        picked.days_shifted,
        picked.account_id,
        {{ days_between('picked.day_zero', 'uses.event_date') }} as nth_day,
        uses.use_count
    from picked
    inner join {{ ref('fct_account_feature_day') }} as uses
        on picked.account_id = uses.account_id
        and picked.feature = uses.feature
        and uses.event_date >= {{ add_days('picked.day_zero', first_day) }}
        and uses.event_date <= {{ add_days('picked.day_zero', last_day) }}

),

use_sums as (

    select
        intervention_id,
        days_shifted,
        account_id
        {%- for one in comparisons %}
        {%- set when_before = 'nth_day between ' ~ one.before[0] ~ ' and ' ~ one.before[1] %}
        {%- set when_after = 'nth_day between ' ~ one.after[0] ~ ' and ' ~ one.after[1] %},
        sum(case when {{ when_before }} then use_count else 0 end) as before_{{ loop.index }},
        sum(
            case when {{ when_before }} then use_count * {{ days_on_weekday_of('nth_day', one.after[0], one.after[1]) }} else 0 end
        ) as before_by_weekday_{{ loop.index }},
        sum(case when {{ when_after }} then use_count else 0 end) as after_{{ loop.index }}
        {%- endfor %}
    from use_day
    group by intervention_id, days_shifted, account_id

),

session_day as (

    select
        picked.intervention_id,
        picked.days_shifted,
        picked.account_id,
        {{ days_between('picked.day_zero', 'sessions.session_date') }} as nth_day,
        sessions.session_count
    from picked
    inner join {{ ref('account_session_day') }} as sessions
        on picked.account_id = sessions.account_id
        and sessions.session_date >= {{ add_days('picked.day_zero', first_day) }}
        and sessions.session_date <= {{ add_days('picked.day_zero', last_day) }}

),

session_sums as (

    select
        intervention_id,
        days_shifted,
        account_id
        {%- for one in comparisons %},
        sum(case when nth_day between {{ one.before[0] }} and {{ one.before[1] }} then session_count else 0 end) as before_{{ loop.index }},
        sum(case when nth_day between {{ one.after[0] }} and {{ one.after[1] }} then session_count else 0 end) as after_{{ loop.index }}
        {%- endfor %}
    from session_day
    group by intervention_id, days_shifted, account_id

),

other_incident as (

    select
        picked.intervention_id,
        picked.days_shifted,
        picked.account_id
        {%- for one in comparisons %},
        max(case
            when {{ days_between('picked.day_zero', 'other.day_zero') }} between {{ one.before[0] }} and {{ one.after[1] }} then 1 else 0
        end) as is_hit_{{ loop.index }}
        {%- endfor %}
    from picked
    inner join picked as other
        on picked.account_id = other.account_id
        and picked.feature = other.feature
        and other.kind = 'incident'
        and other.days_shifted = 0
        and other.is_exposed
        and picked.intervention_id <> other.intervention_id
    group by picked.intervention_id, picked.days_shifted, picked.account_id

),

compared as (
{% for one in comparisons %}
    select
        picked.intervention_id,
        '{{ one.name }}' as comparison,
        {{ one.horizon }} as horizon_days,
        picked.account_id,
        picked.use_quartile,
        picked.plan_tier,
        picked.is_exposed,
        coalesce(other_incident.is_hit_{{ loop.index }}, 0) = 1 as is_hit_by_another,
        coalesce(use_sums.before_{{ loop.index }}, 0) as uses_before,
        coalesce(use_sums.before_by_weekday_{{ loop.index }}, 0) as uses_before_by_weekday,
        coalesce(use_sums.after_{{ loop.index }}, 0) as uses_after,
        coalesce(session_sums.before_{{ loop.index }}, 0) as sessions_before,
        coalesce(session_sums.after_{{ loop.index }}, 0) as sessions_after,
        {{ one.after[1] - one.after[0] + 1 }} as days_after
    from picked
    inner join as_of on {{ add_days('picked.day_zero', one.after[1]) }} <= as_of.as_of
    left join use_sums
        on picked.intervention_id = use_sums.intervention_id
        and picked.days_shifted = use_sums.days_shifted
        and picked.account_id = use_sums.account_id
    left join session_sums
        on picked.intervention_id = session_sums.intervention_id
        and picked.days_shifted = session_sums.days_shifted
        and picked.account_id = session_sums.account_id
    left join other_incident
        on picked.intervention_id = other_incident.intervention_id
        and picked.days_shifted = other_incident.days_shifted
        and picked.account_id = other_incident.account_id
    where picked.days_shifted = {{ one.shift }}
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
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
    use_quartile,
    plan_tier,
    is_exposed,
    is_hit_by_another,
    cast(parts as {{ type_bigint() }}) as parts,
    cast(before_in_parts as {{ type_bigint() }}) as before_in_parts,
    cast(after_in_parts as {{ type_bigint() }}) as after_in_parts
from final
