{# The moment, in UTC, when the clocks of a zone show `minutes` after midnight of `day`; day, minutes and zone may be columns. Where the
   zone repeats an hour it is the later of two moments, where it skips one the clock is read as if it had not been moved yet: both
   are DuckDB's reading. BigQuery by itself takes the earlier of two. #}
{% macro zone_clock(day, minutes, zone) %}{{ return(adapter.dispatch('zone_clock', 'signalhouse')(day, minutes, zone)) }}{% endmacro %}
{% macro default__zone_clock(day, minutes, zone) -%}
    cast(((cast({{ day }} as timestamp) + to_minutes({{ minutes }})) at time zone {{ zone }}) at time zone 'UTC' as timestamp)
{%- endmacro %}
{% macro bigquery__zone_clock(day, minutes, zone) -%}
    {%- set wall_clock = 'datetime_add(datetime(' ~ day ~ '), interval ' ~ minutes ~ ' minute)' -%}
    {%- set first = 'timestamp(' ~ wall_clock ~ ', ' ~ zone ~ ')' -%}
    {%- set hour_later = 'timestamp_add(' ~ first ~ ', interval 1 hour)' -%}
    case when datetime({{ hour_later }}, {{ zone }}) = {{ wall_clock }} then {{ hour_later }} else {{ first }} end
{%- endmacro %}
