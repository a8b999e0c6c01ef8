{%- set windows = retention_windows() -%}
{%- set last_day = windows | map(attribute='to_day') | max -%}
-- The active days after a start are looked at once, and say for every window whether one of them lies in it; days of start are then added
-- up to weeks and months. Nothing is joined per window.

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

member as (

    select unit, unit_id, 'sign_up' as cohort_of, signed_up_on as started_on from {{ ref('fct_activation') }}
    union all
    select unit, unit_id, 'feature:' || feature as cohort_of, first_used_on as started_on from {{ ref('fct_feature_adopter') }}

),

active_day as {{ each_time() }} (

    -- Both who ask read it anew: kept, it is every active day there is (at 38 million events 5.2 CPU s, so 3.9).
    select
        'person' as unit,
        person_day.person_id as unit_id,
        person_day.event_date
    from {{ ref('fct_person_day') }} as person_day
    inner join as_of on person_day.event_date <= as_of.as_of
    where person_day.is_active and not person_day.is_excluded
    union all
    select
        'account' as unit,
        account_day.account_id as unit_id,
        account_day.event_date
    from {{ ref('fct_account_day') }} as account_day
    inner join as_of on account_day.event_date <= as_of.as_of
    where account_day.is_active

),

history as (

    select min(event_date) as first_day
    from active_day

),

start_day as (

    -- Who signs up and first uses a feature on one day is looked at once for both.
    select
        unit,
        unit_id,
        started_on
    from member
    group by unit, unit_id, started_on

),

window_of_day as (

    -- Which windows a day lies in, a bit for each: so one aggregate says of all of them whether a day was active in it.
    select
        days_after,
        {% for window in windows -%}
        case when days_after between {{ window.from_day }} and {{ window.to_day }} then {{ 2 ** loop.index0 }} else 0 end
        {%- if not loop.last %}
        + {% endif -%}
        {%- endfor %} as windows
    from as_of
    {{ cross_join_counter(last_day, 'days_after') }}

),

start_window as (

    select
        start_day.unit,
        start_day.unit_id,
        start_day.started_on,
        bit_or(window_of_day.windows) as windows
    from start_day
    inner join active_day
        on start_day.unit = active_day.unit
        and start_day.unit_id = active_day.unit_id
        and start_day.started_on < active_day.event_date
        and {{ add_days('start_day.started_on', last_day) }} >= active_day.event_date
    inner join window_of_day
        on {{ days_between('start_day.started_on', 'active_day.event_date') }} = window_of_day.days_after
    group by start_day.unit, start_day.unit_id, start_day.started_on

),

by_day as (

    select
        {%- for window in windows %}
        {{ count_where('(start_window.windows & ' ~ 2 ** loop.index0 ~ ') <> 0') }} as retained_{{ loop.index }},
        {%- endfor %}
        member.unit,
        member.cohort_of,
        member.started_on,
        count(*) as members
    from member
    left join start_window
        on member.unit = start_window.unit
        and member.unit_id = start_window.unit_id
        and member.started_on = start_window.started_on
    group by member.unit, member.cohort_of, member.started_on

),

cohorts as (

    select
        by_day.*,
        'day' as cohort_grain,
        started_on as cohort_start,
        started_on as cohort_end
    from by_day
    union all
    select
        by_day.*,
        'week' as cohort_grain,
        {{ week_start('started_on') }} as cohort_start,
        {{ add_days(week_start('started_on'), 6) }} as cohort_end
    from by_day
    union all
    select
        by_day.*,
        'month' as cohort_grain,
        {{ month_start('started_on') }} as cohort_start,
        {{ add_days(add_months(month_start('started_on'), 1), -1) }} as cohort_end
    from by_day

),

in_cohort as (

    select
        {%- for window in windows %}
        cast(sum(retained_{{ loop.index }}) as {{ type_bigint() }}) as retained_{{ loop.index }},
        {%- endfor %}
        unit,
        cohort_of,
        cohort_grain,
        cohort_start,
        max(cohort_end) as cohort_end,
        min(started_on) as oldest_started_on,
        cast(sum(members) as {{ type_bigint() }}) as members
    from cohorts
    group by unit, cohort_of, cohort_grain, cohort_start

),

measured_window as (

    {% for window in windows -%}
    select
        {{ loop.index }} as window_number,
        '{{ window.measure }}' as measure,
        cast({{ window.from_day }} as {{ type_bigint() }}) as from_day,
        cast({{ window.to_day }} as {{ type_bigint() }}) as to_day
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}

),

cell as (

    select
        in_cohort.unit,
        in_cohort.cohort_of,
        in_cohort.cohort_grain,
        in_cohort.cohort_start,
        in_cohort.cohort_end,
        in_cohort.oldest_started_on,
        measured_window.measure,
        measured_window.from_day,
        measured_window.to_day,
        in_cohort.members,
        case measured_window.window_number
            {%- for window in windows %}
            when {{ loop.index }} then in_cohort.retained_{{ loop.index }}
            {%- endfor %}
        end as retained
    from in_cohort
    cross join measured_window

),

final as (

    -- A window that has not begun for anybody, or began for somebody before the first event that landed, says nothing.
    select
        cell.unit,
        cell.cohort_of,
        cell.cohort_grain,
        cell.cohort_start,
        cell.measure,
        cell.from_day,
        cell.to_day,
        cell.members,
        cell.retained,
        {{ rate('cell.retained', 'cell.members') }} as retention_rate,
        {{ wilson_bound('cell.retained', 'cell.members', -1) }} as retention_rate_low,
        {{ wilson_bound('cell.retained', 'cell.members', 1) }} as retention_rate_high,
        {{ add_days('cell.cohort_end', 'cell.to_day') }} <= as_of.as_of as is_mature
    from cell
    cross join as_of
    cross join history
    where {{ add_days('cell.oldest_started_on', 'cell.from_day') }} between history.first_day and as_of.as_of

)

select
    unit,
    cohort_of,
    cohort_grain,
    cohort_start,
    measure,
    from_day,
    to_day,
    members,
    retained,
    retention_rate,
    retention_rate_low,
    retention_rate_high,
    is_mature
from final
