{# Before a model that asks `may_match`: all patterns of a column as one, which DuckDB reads once per statement. A hook, because DuckDB
   takes only a constant so; a text that comes from a table is read anew for every row (7 microseconds each). #}
{% macro remember_patterns(relation, column) %}{{ return(adapter.dispatch('remember_patterns', 'signalhouse')(relation, column)) }}{% endmacro %}
{% macro default__remember_patterns(relation, column) %}set variable any_pattern = (select string_agg('(?:' || {{ column }} || ')', '|') from {{ relation }}){% endmacro %}
{% macro bigquery__remember_patterns(relation, column) %}{% endmacro %}

{# After it, so that nothing else on the connection, such as a unit test with patterns of its own, asks for these. #}
{% macro forget_patterns() %}{{ return(adapter.dispatch('forget_patterns', 'signalhouse')()) }}{% endmacro %}
{% macro default__forget_patterns() %}reset variable any_pattern{% endmacro %}
{% macro bigquery__forget_patterns() %}{% endmacro %}
