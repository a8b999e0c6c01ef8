{# The days of four weeks as one number: bit n is the nth day after the first, a Monday. A table of days is a quarter of the rows so, and
   which of them lie between two days is asked without reading a day. Both engines count bits and shift by these names. #}

{% macro period_length() %}{{ return(28) }}{% endmacro %}

{# The Monday with which the four weeks of a day begin, counted from the first Monday there is. #}
{% macro period_start(day) -%}
    {%- set first = date_literal('0001-01-01') -%}
    {{ add_days(first, period_length() ~ ' * (' ~ whole_quotient(days_between(first, day), period_length()) ~ ')') }}
{%- endmacro %}

{# The same of days that are texts, each once. #}
{% macro periods_of(days) %}
    {%- set date = modules.datetime.date -%}
    {%- set found = [] -%}
    {%- for day in days -%}
        {%- set since_first = date.fromisoformat(day).toordinal() - 1 -%}
        {%- do found.append(date.fromordinal(since_first - since_first % period_length() + 1).isoformat()) -%}
    {%- endfor -%}
    {{ return(found | unique | sort) }}
{% endmacro %}

{# Those days of their four weeks on which something was. #}
{% macro days_as_bits(day) -%}
    bit_or({{ bit_number(1) }} << {{ days_between(period_start(day), day) }})
{%- endmacro %}

{# Those of them that lie between two days; no bit where none does. `from_day` may be null: all up to the other. #}
{% macro bits_between(bits, period_start, from_day, to_day) -%}
    ({{ bits }}
        & (({{ bit_number(1) }} << (least({{ days_between(period_start, to_day) }}, {{ period_length() - 1 }}) + 1)) - 1)
        & case
            when {{ from_day }} > {{ period_start }}
                then -({{ bit_number(1) }} << least({{ days_between(period_start, from_day) }}, {{ period_length() }}))
            else {{ bit_number(-1) }}
        end)
{%- endmacro %}

{# The first of them: what is below the lowest bit is counted. There has to be one. #}
{% macro first_of_bits(bits, period_start) -%}
    {{ add_days(period_start, 'bit_count((' ~ bits ~ ' & -' ~ bits ~ ') - 1)') }}
{%- endmacro %}

{# All but the first of them. #}
{% macro bits_after_first(bits) %}({{ bits }} & ({{ bits }} - 1)){% endmacro %}

{% macro count_of_bits(bits) %}cast(bit_count({{ bits }}) as {{ type_bigint() }}){% endmacro %}

{% macro bit_number(number) %}cast({{ number }} as {{ type_bigint() }}){% endmacro %}
