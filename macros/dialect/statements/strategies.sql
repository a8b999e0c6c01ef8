{# How a table is written, for its config. dbt-bigquery takes only its own strategies, so ours go by one of its names there
   (strategies_bigquery.sql). #}

{% macro replaced_by_day() %}{{ return(adapter.dispatch('replaced_by_day', 'signalhouse')()) }}{% endmacro %}
{% macro default__replaced_by_day() %}{{ return('replaced_by_day') }}{% endmacro %}
{% macro bigquery__replaced_by_day() %}{{ return('insert_overwrite') }}{% endmacro %}

{% macro replaced_where_changed() %}{{ return(adapter.dispatch('replaced_where_changed', 'signalhouse')()) }}{% endmacro %}
{% macro default__replaced_where_changed() %}{{ return('replaced_where_changed') }}{% endmacro %}
{% macro bigquery__replaced_where_changed() %}{{ return('merge') }}{% endmacro %}

{% macro by_day(column) %}{{ return(adapter.dispatch('by_day', 'signalhouse')(column)) }}{% endmacro %}
{% macro default__by_day(column) %}{{ return(none) }}{% endmacro %}
{% macro bigquery__by_day(column) %}{{ return({'field': column, 'data_type': 'date', 'granularity': 'day'}) }}{% endmacro %}

{# For the config of a table: whether a query has to speak of its day. An analyst who forgets it is refused and not billed for all of
   history. Where nothing is billed, nothing is refused. #}
{% macro day_required() %}{{ return(adapter.dispatch('day_required', 'signalhouse')()) }}{% endmacro %}
{% macro default__day_required() %}{{ return(none) }}{% endmacro %}
{% macro bigquery__day_required() %}{{ return(true) }}{% endmacro %}
