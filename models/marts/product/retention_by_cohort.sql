{%- set windows = retention_windows() -%}
{{ config(
    partition_by=by_day('cohort_start'),
    meta={'day': 'cohort_start', 'follows': 'retention_start', 'days': 'cohort_starts'},
) }}
-- Who was active in which window stands with each start (retention_start); here starts are added up to days, and days to weeks and months.

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

history as (

    -- The first day on which anybody was active: of few rows, whatever the number of people.
    select min(day) as first_day
    from {{ ref('active_users_daily') }}

),

by_day as (

    select
        {%- for window in windows %}
        {{ count_where('(active_windows & ' ~ 2 ** loop.index0 ~ ') <> 0') }} as retained_{{ loop.index }},
        {%- endfor %}
        unit,
        cohort_of,
        started_on,
        count(*) as members
    from {{ ref('retention_start') }}
    group by unit, cohort_of, started_on

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
