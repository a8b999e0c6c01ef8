{# A well-mixed integer of a whole number that differs from round to round. Used as a priority only: its values may differ between engines. #}
{% macro mixed_hash(number, round) %}{{ return(adapter.dispatch('mixed_hash', 'signalhouse')(number, round)) }}{% endmacro %}
{% macro default__mixed_hash(number, round) %}hash({{ number }}, {{ round }}){% endmacro %}
{% macro bigquery__mixed_hash(number, round) %}farm_fingerprint(cast({{ number }} as string) || ' {{ round }}'){% endmacro %}

{# Computed once although read often: DuckDB is told so, BigQuery has no such word. #}
{% macro once() %}{{ return(adapter.dispatch('once', 'signalhouse')()) }}{% endmacro %}
{% macro default__once() %}materialized{% endmacro %}
{% macro bigquery__once() %}{% endmacro %}

{# Read anew by each reader: kept in memory, it would be everything a source has ever sent. #}
{% macro each_time() %}{{ return(adapter.dispatch('each_time', 'signalhouse')()) }}{% endmacro %}
{% macro default__each_time() %}not materialized{% endmacro %}
{% macro bigquery__each_time() %}{% endmacro %}

{# A 64-bit hash of some columns, null being one of their values. It only tells what cannot be equal: its values may differ between
   engines. #}
{% macro cheap_hash(columns) %}{{ return(adapter.dispatch('cheap_hash', 'signalhouse')(columns)) }}{% endmacro %}
{% macro default__cheap_hash(columns) %}hash({{ columns | join(', ') }}){% endmacro %}
{% macro bigquery__cheap_hash(columns) %}farm_fingerprint(to_json_string(struct({{ columns | join(', ') }}))){% endmacro %}
