{# Names of column types, for casts. dbt's own type_int and type_float are 32 bits wide on DuckDB and its type_numeric holds 28
   digits on one engine and 38 on the other, so the warehouse names its own. #}

{% macro type_string() %}{{ return('string') }}{% endmacro %}

{% macro type_bigint() %}{{ return('bigint') }}{% endmacro %}

{% macro type_boolean() %}{{ return('boolean') }}{% endmacro %}

{% macro type_date() %}{{ return('date') }}{% endmacro %}

{% macro type_timestamp() %}{{ return('timestamp') }}{% endmacro %}

{% macro type_json() %}{{ return('json') }}{% endmacro %}

{% macro type_double() %}{{ return(adapter.dispatch('type_double', 'signalhouse')()) }}{% endmacro %}
{% macro default__type_double() %}{{ return('double') }}{% endmacro %}
{% macro bigquery__type_double() %}{{ return('float64') }}{% endmacro %}

{# Money in major units, prices with fractions of a cent. #}
{% macro type_decimal() %}{{ return(adapter.dispatch('type_decimal', 'signalhouse')()) }}{% endmacro %}
{% macro default__type_decimal() %}{{ return('decimal(28,6)') }}{% endmacro %}
{% macro bigquery__type_decimal() %}{{ return('numeric') }}{% endmacro %}

{# A rate between two currencies, to as many decimals as a NUMERIC has: six left a Lebanese pound at 0.000011 dollars, 4 % too little. #}
{% macro type_rate() %}{{ return(adapter.dispatch('type_rate', 'signalhouse')()) }}{% endmacro %}
{% macro default__type_rate() %}{{ return('decimal(28,9)') }}{% endmacro %}
{% macro bigquery__type_rate() %}{{ return('numeric') }}{% endmacro %}
