{%- set windows = retention_windows() -%}
{%- set last_day = retention_reach() -%}
{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('started_on'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'started_on', 'days': 'retention_start_days', 'sorted': true},
) }}
-- Exact because a row follows from its start, from the active days within the longest window after it, and from as_of:
-- retention_start_days() names the days of start that have another of these now.
-- Active days are looked at once, and say for every window whether one of them lies in it; nothing is joined per window.
{%- if is_incremental() %}
    {%- set days = retention_start_days() %}
    {%- set active_days = days_around(days, 0, last_day) %}
{%- endif %}

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

start as (

    {{ retention_starts() }}

),

member as (

    select
        unit,
        unit_id,
        cohort_of,
        started_on,
        counted_to
    from start
    {%- if is_incremental() %}
    where {{ in_days('started_on', days) }}
    {%- endif %}

),

active_day as (

    select
        'person' as unit,
        person_day.person_id as unit_id,
        person_day.event_date
    from {{ ref('fct_person_day') }} as person_day
    inner join as_of on person_day.event_date <= as_of.as_of
    where person_day.is_active and not person_day.is_excluded
    {%- if is_incremental() %}
        and {{ in_days('person_day.event_date', active_days) }}
    {%- endif %}
    union all
    select
        'account' as unit,
        account_day.account_id as unit_id,
        account_day.event_date
    from {{ ref('fct_account_day') }} as account_day
    inner join as_of on account_day.event_date <= as_of.as_of
    where account_day.is_active
    {%- if is_incremental() %}
        and {{ in_days('account_day.event_date', active_days) }}
    {%- endif %}

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

final as (

    select
        member.unit,
        member.unit_id,
        member.cohort_of,
        member.started_on,
        member.counted_to,
        cast(coalesce(start_window.windows, 0) as {{ type_bigint() }}) as active_windows
    from member
    left join start_window
        on member.unit = start_window.unit
        and member.unit_id = start_window.unit_id
        and member.started_on = start_window.started_on

)

select
    unit,
    unit_id,
    cohort_of,
    started_on,
    counted_to,
    active_windows
from final
