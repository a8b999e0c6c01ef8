{# Days of fct_event that changed since the last published release. #}
{% macro event_days() %}{{ return(touched_days(event_logs())) }}{% endmacro %}

{# Days whose sessions may change: the touched days, and all days of sessions that reach into one of them or come within the
   timeout of it. Nothing else can join, split or vanish: events changed on touched days alone, so a session that stays clear of
   them keeps its gaps on both sides. #}
{% macro session_days() %}
    {%- set days = event_days() -%}
    {%- if not execute or compiling_offline() or days | length == 0 -%}{{ return(days) }}{%- endif -%}
    {#- all days a reached session spans: what is left of it may begin on any of them -#}
    {%- set reached = days_from(
        'select distinct spanned_day from ' ~ this ~ ' '
        ~ cross_join_days('session_date', reporting_day('ended_at'), 'spanned_day') ~ ' where ' ~ reaches_into(days)) -%}
    {{ return(both(days, reached)) }}
{% endmacro %}

{# Condition on a session: it overlaps one of the days, or comes within the timeout of it. Neighbouring days are one stretch. #}
{% macro reaches_into(days) -%}
    {%- if days | length == 0 -%}false
    {%- else -%}
    ({% for stretch in stretches(days) -%}
        (ended_at >= {{ add_seconds(reporting_day_start(date_literal(stretch[0])), '-' ~ session_timeout()) }}
        and started_at < {{ add_seconds(reporting_day_start(add_days(date_literal(stretch[1]), 1)), session_timeout()) }})
        {%- if not loop.last %} or {% endif %}
    {%- endfor %})
    {%- endif -%}
{%- endmacro %}

{% macro session_timeout() %}{{ return(var('session_timeout_minutes') * 60) }}{% endmacro %}

{# Sorted days as [first, last] of runs without a gap. #}
{% macro stretches(days) %}
    {%- set from_iso = modules.datetime.date.fromisoformat -%}
    {%- set found = [] -%}
    {%- for day in days -%}
        {%- if found and (from_iso(day) - from_iso(found[-1][1])).days == 1 -%}
            {%- do found.append([found.pop()[0], day]) -%}
        {%- else -%}
            {%- do found.append([day, day]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{% macro shifted_day(day, by) %}
    {{ return((modules.datetime.datetime.strptime(day, '%Y-%m-%d') + modules.datetime.timedelta(days=by)).strftime('%Y-%m-%d')) }}
{% endmacro %}

{# Sorted days with those before and after each that are asked for; neighbours are one stretch, so that a window of half a year around
   each of half a year's days is not counted out a day at a time. #}
{% macro days_around(days, before, after) %}
    {%- set near = {} -%}
    {%- for stretch in stretches(days) -%}
        {%- set first = modules.datetime.date.fromisoformat(stretch[0]) -%}
        {%- set length = (modules.datetime.date.fromisoformat(stretch[1]) - first).days -%}
        {%- for by in range(-before, length + after + 1) -%}
            {%- do near.update({(first + modules.datetime.timedelta(days=by)).isoformat(): true}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(near | sort) }}
{% endmacro %}

{# The Mondays of their weeks. #}
{% macro mondays_of(days) %}
    {%- set mondays = [] -%}
    {%- for day in days -%}
        {%- do mondays.append(shifted_day(day, -modules.datetime.date.fromisoformat(day).weekday())) -%}
    {%- endfor -%}
    {{ return(mondays | unique | sort) }}
{% endmacro %}
