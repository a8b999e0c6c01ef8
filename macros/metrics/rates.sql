{# A rate over an empty denominator is null, never 0. #}
{% macro rate(numerator, denominator) -%}
    cast({{ numerator }} as {{ type_double() }}) / nullif(cast({{ denominator }} as {{ type_double() }}), 0)
{%- endmacro %}

{# Mean DAU over the trailing 28 days by MAU: how many of 28 days an active person is active, as a share. #}
{% macro stickiness(active_days_28d, active_28d) -%}
    {{ rate('(' ~ active_days_28d ~ ' / 28.0)', active_28d) }}
{%- endmacro %}

{# Wilson score interval of a proportion at 95 %: Wilson, J. Am. Stat. Assoc. 22 (1927). `side` is -1 for the lower, 1 for the upper bound. #}
{% macro wilson_bound(successes, trials, side) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set n = 'nullif(cast(' ~ trials ~ ' as ' ~ type_double() ~ '), 0)' -%}
    {%- set p = '(cast(' ~ successes ~ ' as ' ~ type_double() ~ ') / ' ~ n ~ ')' -%}
    {%- set bound -%}
        ({{ p }} + {{ z * z / 2 }} / {{ n }} + ({{ side }}) * {{ z }} * sqrt({{ p }} * (1 - {{ p }}) / {{ n }} + {{ z * z / 4 }} / ({{ n }} * {{ n }}))) / (1 + {{ z * z }} / {{ n }})
    {%- endset -%}
    {#- at rates of 0 and 1 rounding can carry the bound past the rate or out of the range -#}
    case
        when {{ trials }} > 0 then {% if side > 0 %}least(greatest({{ bound }}, {{ p }}), 1){% else %}greatest(least({{ bound }}, {{ p }}), 0){% endif %}
    end
{%- endmacro %}
