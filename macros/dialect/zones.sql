{# The moment, in UTC, when the clocks of a zone show `minutes` after midnight of `day`; day, minutes and zone may be columns. Where the
   zone repeats an hour it is the later of two moments, where it skips one the clock is read as if it had not been moved yet: both
   are DuckDB's reading. BigQuery by itself takes the earlier of two. #}
{% macro zone_clock(day, minutes, zone) %}{{ return(adapter.dispatch('zone_clock', 'signalhouse')(day, minutes, zone)) }}{% endmacro %}
{% macro default__zone_clock(day, minutes, zone) -%}
    cast(((cast({{ day }} as timestamp) + to_minutes({{ minutes }})) at time zone {{ zone }}) at time zone 'UTC' as timestamp)
{%- endmacro %}
{% macro bigquery__zone_clock(day, minutes, zone) -%}
    {%- set wall_clock = 'datetime_add(datetime(' ~ day ~ '), interval ' ~ minutes ~ ' minute)' -%}
    {{ bigquery__later_reading(wall_clock, zone) }}
{%- endmacro %}

{# The later of the two moments when the clocks of a zone show a time: moved by as much as they are put back in the three hours after the
   first, which is longer than any zone repeats (half an hour on Lord Howe Island, two at Troll), if they show that time there too. #}
{% macro bigquery__later_reading(wall_clock, zone) -%}
    {%- set first = 'timestamp(' ~ wall_clock ~ ', ' ~ zone ~ ')' -%}
    {%- set shown = 'datetime(timestamp_add(' ~ first ~ ', interval 3 hour), ' ~ zone ~ ')' -%}
    {%- set put_back = 'datetime_diff(datetime_add(' ~ wall_clock ~ ', interval 3 hour), ' ~ shown ~ ', second)' -%}
    {%- set later = 'timestamp_add(' ~ first ~ ', interval ' ~ put_back ~ ' second)' -%}
    case when datetime({{ later }}, {{ zone }}) = {{ wall_clock }} then {{ later }} else {{ first }} end
{%- endmacro %}
