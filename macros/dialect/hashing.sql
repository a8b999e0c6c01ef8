{# A well-mixed integer of a whole number that differs from round to round. Used as a priority only: its values may differ between engines. #}
{% macro mixed_hash(number, round) %}{{ return(adapter.dispatch('mixed_hash', 'signalhouse')(number, round)) }}{% endmacro %}
{% macro default__mixed_hash(number, round) %}hash({{ number }}, {{ round }}){% endmacro %}
{% macro bigquery__mixed_hash(number, round) %}farm_fingerprint(cast({{ number }} as string) || ' {{ round }}'){% endmacro %}

{# Computed once although read often: DuckDB is told so, BigQuery has no such word. #}
{% macro once() %}{{ return(adapter.dispatch('once', 'signalhouse')()) }}{% endmacro %}
{% macro default__once() %}materialized{% endmacro %}
{% macro bigquery__once() %}{% endmacro %}
