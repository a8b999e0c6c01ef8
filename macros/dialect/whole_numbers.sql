{# An integer wide enough for products of money, quantities and scales: 38 digits on both engines. A fraction is rounded, half away from
   zero; BIGNUMERIC by itself would keep it. A float has to be rounded by the caller. #}
{% macro whole(value) %}{{ return(adapter.dispatch('whole', 'signalhouse')(value)) }}{% endmacro %}
{% macro default__whole(value) %}cast({{ value }} as hugeint){% endmacro %}
{% macro bigquery__whole(value) %}round(cast({{ value }} as bignumeric)){% endmacro %}

{# numerator / denominator, half away from zero, as bigint. Both must be `whole`, the denominator not negative; by zero it is null.
   Decimal by integer gives a float on DuckDB, so money is divided here and nowhere else. #}
{% macro divided_half_up(numerator, denominator) %}{{ return(adapter.dispatch('divided_half_up', 'signalhouse')(numerator, denominator)) }}{% endmacro %}
{% macro default__divided_half_up(numerator, denominator) -%}
    cast(sign({{ numerator }}) * ((2 * abs({{ numerator }}) + {{ denominator }}) // (2 * {{ denominator }})) as bigint)
{%- endmacro %}
{% macro bigquery__divided_half_up(numerator, denominator) -%}
    cast(sign({{ numerator }}) * div(2 * abs({{ numerator }}) + {{ denominator }}, 2 * nullif({{ denominator }}, 0)) as int64)
{%- endmacro %}
