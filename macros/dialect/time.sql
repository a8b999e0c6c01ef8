{# Timestamps are UTC: TIMESTAMP without a zone on DuckDB, TIMESTAMP on BigQuery. #}

{# Null outside the years 1 to 9999, which BigQuery refuses and which DuckDB takes for the year 58142. A payload holds numbers that no
   contract bounds. The comparison is 0.5 ns a row. #}
{% macro from_epoch_s(seconds) -%}
    case when {{ seconds }} between -62135596800 and 253402300799 then {{ adapter.dispatch('from_epoch_s', 'signalhouse')(seconds) }} end
{%- endmacro %}
{% macro default__from_epoch_s(seconds) %}make_timestamp({{ seconds }} * 1000000){% endmacro %}
{% macro bigquery__from_epoch_s(seconds) %}timestamp_seconds({{ seconds }}){% endmacro %}

{% macro from_epoch_ms(ms) -%}
    case when {{ ms }} between -62135596800000 and 253402300799999 then {{ adapter.dispatch('from_epoch_ms', 'signalhouse')(ms) }} end
{%- endmacro %}
{% macro default__from_epoch_ms(ms) %}make_timestamp({{ ms }} * 1000){% endmacro %}
{% macro bigquery__from_epoch_ms(ms) %}timestamp_millis({{ ms }}){% endmacro %}

{# Epoch seconds of a wall clock in `zone`, written as if that clock were UTC, to true UTC. In the hour that a zone repeats when
   summer ends, the wall clock does not say which of two moments it means: here the later one, which is DuckDB's reading; BigQuery
   by itself takes the earlier. #}
{% macro from_wall_clock_epoch_s(seconds, zone) -%}
    {%- if zone == 'UTC' -%}{{ return(from_epoch_s(seconds)) }}{%- endif -%}
    {{ return(adapter.dispatch('from_wall_clock_epoch_s', 'signalhouse')(seconds, zone)) }}
{%- endmacro %}
{% macro default__from_wall_clock_epoch_s(seconds, zone) -%}
    cast(({{ from_epoch_s(seconds) }} at time zone '{{ zone }}') at time zone 'UTC' as timestamp)
{%- endmacro %}
{% macro bigquery__from_wall_clock_epoch_s(seconds, zone) -%}
    {{- bigquery__later_reading("datetime(" ~ from_epoch_s(seconds) ~ ", 'UTC')", "'" ~ zone ~ "'") -}}
{%- endmacro %}

{# The day of a moment in the reporting time zone. #}
{% macro reporting_day(moment) %}{{ return(adapter.dispatch('local_day', 'signalhouse')(moment, var('reporting_timezone'))) }}{% endmacro %}
{% macro local_day(moment, zone) %}{{ return(adapter.dispatch('local_day', 'signalhouse')(moment, zone)) }}{% endmacro %}
{% macro default__local_day(moment, zone) -%}
    {%- if zone == 'UTC' -%}cast({{ moment }} as date)
    {%- else -%}cast(({{ moment }} at time zone 'UTC') at time zone '{{ zone }}' as date)
    {%- endif -%}
{%- endmacro %}
{% macro bigquery__local_day(moment, zone) %}date({{ moment }}, '{{ zone }}'){% endmacro %}

{# A moment or a day shifted by whole units. dbt.dateadd gives a DATETIME on BigQuery, which does not compare with a TIMESTAMP. #}
{% macro add_seconds(moment, n) %}{{ return(adapter.dispatch('add_seconds', 'signalhouse')(moment, n)) }}{% endmacro %}
{% macro default__add_seconds(moment, n) %}({{ moment }} + to_seconds({{ n }})){% endmacro %}
{% macro bigquery__add_seconds(moment, n) %}timestamp_add({{ moment }}, interval {{ n }} second){% endmacro %}

{% macro add_days(day, n) %}{{ return(adapter.dispatch('add_days', 'signalhouse')(day, n)) }}{% endmacro %}
{% macro default__add_days(day, n) %}cast({{ day }} + to_days(cast({{ n }} as integer)) as date){% endmacro %}
{% macro bigquery__add_days(day, n) %}date_add({{ day }}, interval {{ n }} day){% endmacro %}

{% macro add_months(day, n) %}{{ return(adapter.dispatch('add_months', 'signalhouse')(day, n)) }}{% endmacro %}
{% macro default__add_months(day, n) %}cast({{ day }} + to_months(cast({{ n }} as integer)) as date){% endmacro %}
{% macro bigquery__add_months(day, n) %}date_add({{ day }}, interval {{ n }} month){% endmacro %}

{% macro seconds_between(earlier, later) %}{{ return(adapter.dispatch('seconds_between', 'signalhouse')(earlier, later)) }}{% endmacro %}
{% macro default__seconds_between(earlier, later) %}cast(floor((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1000000) as bigint){% endmacro %}
{% macro bigquery__seconds_between(earlier, later) %}cast(floor((unix_micros({{ later }}) - unix_micros({{ earlier }})) / 1000000) as int64){% endmacro %}

{% macro microseconds_between(earlier, later) %}{{ return(adapter.dispatch('microseconds_between', 'signalhouse')(earlier, later)) }}{% endmacro %}
{% macro default__microseconds_between(earlier, later) %}(epoch_us({{ later }}) - epoch_us({{ earlier }})){% endmacro %}
{% macro bigquery__microseconds_between(earlier, later) %}(unix_micros({{ later }}) - unix_micros({{ earlier }})){% endmacro %}

{% macro days_between(earlier, later) %}{{ return(adapter.dispatch('days_between', 'signalhouse')(earlier, later)) }}{% endmacro %}
{% macro default__days_between(earlier, later) %}date_diff('day', {{ earlier }}, {{ later }}){% endmacro %}
{% macro bigquery__days_between(earlier, later) %}date_diff({{ later }}, {{ earlier }}, day){% endmacro %}

{# Midnight UTC that begins a day. #}
{% macro start_of_day(day) %}{{ return(adapter.dispatch('start_of_day', 'signalhouse')(day)) }}{% endmacro %}
{% macro default__start_of_day(day) %}cast({{ day }} as timestamp){% endmacro %}
{% macro bigquery__start_of_day(day) %}timestamp({{ day }}){% endmacro %}

{# The moment a reporting day begins, in UTC. Where midnight comes twice (Havana, the Azores) it is the earlier, or the first hour of the
   day would lie before its start. DuckDB by itself reads the later: it is moved by as much as the clock was put back in the three
   hours before, which is longer than any zone repeats, if the clock shows midnight there too. #}
{% macro reporting_day_start(day) %}{{ return(adapter.dispatch('zone_day_start', 'signalhouse')(day, var('reporting_timezone'))) }}{% endmacro %}
{% macro default__zone_day_start(day, zone) -%}
    {%- set midnight = 'cast(' ~ day ~ ' as timestamp)' -%}
    {%- if zone == 'UTC' -%}{{ midnight }}
    {%- else -%}
    {%- set to_zone = " at time zone 'UTC') at time zone '" ~ zone ~ "'" -%}
    {%- set later = "((" ~ midnight ~ " at time zone '" ~ zone ~ "') at time zone 'UTC')" -%}
    {%- set put_back = "((((" ~ later ~ " - interval 3 hour)" ~ to_zone ~ ") - (" ~ midnight ~ " - interval 3 hour))" -%}
    {%- set earlier = "(" ~ later ~ " - " ~ put_back ~ ")" -%}
    cast(case when ({{ earlier }}{{ to_zone }} = {{ midnight }} then {{ earlier }} else {{ later }} end as timestamp)
    {%- endif -%}
{%- endmacro %}
{% macro bigquery__zone_day_start(day, zone) %}timestamp({{ day }}, '{{ zone }}'){% endmacro %}

{# A moment in UTC as a text, the same on both engines, to be a part of an id: 2026-05-02 03:21:00 or 2026-05-02 03:21:00.5. #}
{% macro moment_text(moment) %}{{ return(adapter.dispatch('moment_text', 'signalhouse')(moment)) }}{% endmacro %}
{% macro default__moment_text(moment) %}cast({{ moment }} as varchar){% endmacro %}
{% macro bigquery__moment_text(moment) %}format_timestamp('%F %H:%M:%E*S', {{ moment }}){% endmacro %}

{# What sorts by a moment and then by a digest (hex_md5). To take the value at the greatest of it costs two fifths of numbering the rows by
   a window. On DuckDB a number of 128 bits, of the digest 60: texts would stay in memory, each that was the greatest once, and 38
   million events do not find room in 1.5 GB. On BigQuery, which has no such number, a text; a space is less than the point of a fraction. #}
{% macro in_order_of(moment, digest) %}{{ return(adapter.dispatch('in_order_of', 'signalhouse')(moment, digest)) }}{% endmacro %}
{% macro default__in_order_of(moment, digest) -%}
    cast(epoch_us({{ moment }}) as hugeint) * 1152921504606846976 + cast('0x' || substr({{ digest }}, 1, 15) as bigint)
{%- endmacro %}
{% macro bigquery__in_order_of(moment, digest) %}{{ moment_text(moment) }} || ' ' || {{ digest }}{% endmacro %}

{# ISO weeks begin on Monday; dbt.date_trunc('week') is Sunday on BigQuery. #}
{% macro week_start(day) %}{{ return(adapter.dispatch('week_start', 'signalhouse')(day)) }}{% endmacro %}
{% macro default__week_start(day) %}cast(date_trunc('week', {{ day }}) as date){% endmacro %}
{% macro bigquery__week_start(day) %}date_trunc({{ day }}, week(monday)){% endmacro %}

{% macro month_start(day) %}{{ return(adapter.dispatch('month_start', 'signalhouse')(day)) }}{% endmacro %}
{% macro default__month_start(day) %}cast(date_trunc('month', {{ day }}) as date){% endmacro %}
{% macro bigquery__month_start(day) %}date_trunc({{ day }}, month){% endmacro %}

{# One row per day or month from first to last, both included, as a column of an unnested series. Use: from x cross join {{ each_day('a', 'b') }} as d(day) is
   not portable, so the macro gives the whole join and the column is named by the caller. #}
{% macro cross_join_days(first, last, name) %}{{ return(adapter.dispatch('cross_join_days', 'signalhouse')(first, last, name)) }}{% endmacro %}
{% macro default__cross_join_days(first, last, name) %}cross join lateral (select cast(unnest(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 day)) as date) as {{ name }}) as {{ name }}_series{% endmacro %}
{% macro bigquery__cross_join_days(first, last, name) %}cross join unnest(generate_date_array({{ first }}, {{ last }})) as {{ name }}{% endmacro %}

{% macro cross_join_months(first, last, name) %}{{ return(adapter.dispatch('cross_join_months', 'signalhouse')(first, last, name)) }}{% endmacro %}
{% macro default__cross_join_months(first, last, name) %}cross join lateral (select cast(unnest(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 month)) as date) as {{ name }}) as {{ name }}_series{% endmacro %}
{% macro bigquery__cross_join_months(first, last, name) %}cross join unnest(generate_date_array({{ first }}, {{ last }}, interval 1 month)) as {{ name }}{% endmacro %}

{% macro date_literal(day) %}date '{{ day }}'{% endmacro %}
