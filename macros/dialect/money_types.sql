{# Sums of money in major units, and the fractions that make them from minor units: narrow enough that their product has a type
   on DuckDB, which stops at 38 digits. #}
{% macro type_money() %}{{ return(adapter.dispatch('type_money', 'signalhouse')()) }}{% endmacro %}
{% macro default__type_money() %}{{ return('decimal(24,6)') }}{% endmacro %}
{% macro bigquery__type_money() %}{{ return('numeric') }}{% endmacro %}

{% macro type_fraction() %}{{ return(adapter.dispatch('type_fraction', 'signalhouse')()) }}{% endmacro %}
{% macro default__type_fraction() %}{{ return('decimal(7,6)') }}{% endmacro %}
{% macro bigquery__type_fraction() %}{{ return('numeric') }}{% endmacro %}
