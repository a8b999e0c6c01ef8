{# A well-mixed integer of a text that differs from round to round. Used as a priority only: its values may differ between engines. #}
{% macro mixed_hash(text, round) %}{{ return(adapter.dispatch('mixed_hash', 'signalhouse')(text, round)) }}{% endmacro %}
{% macro default__mixed_hash(text, round) %}hash({{ text }} || '{{ round }}'){% endmacro %}
{% macro bigquery__mixed_hash(text, round) %}farm_fingerprint({{ text }} || '{{ round }}'){% endmacro %}

{# Computed once although read often: DuckDB is told so, BigQuery has no such word. #}
{% macro once() %}{{ return(adapter.dispatch('once', 'signalhouse')()) }}{% endmacro %}
{% macro default__once() %}materialized{% endmacro %}
{% macro bigquery__once() %}{% endmacro %}
