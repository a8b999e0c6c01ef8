{# The windows of an effect, in days counted from day 0, the day it began. All follow from `impact_baseline_days` (a multiple of 7; 14):
   who is compared is settled in the half that ends before the days that are compared.
       -56 .. -29   eligible, matched, exposed by habit
       -28 .. -15   pre-trend: the days before the baseline, compared with it
       -14 ..  -1   baseline
        +1 ..  +h   after, for each h of `impact_horizons` #}
{% macro impact_baseline_days() -%}
    {%- set days = var('impact_baseline_days') | int -%}
    {%- if days < 7 or days % 7 -%}
        {{ exceptions.raise_compiler_error('impact_baseline_days must be whole weeks, so that every weekday has its own baseline') }}
    {%- endif -%}
    {{ return(days) }}
{%- endmacro %}

{# What is compared with what, a row each: name, horizon, days by which the placebo is moved back, first and last day before and after. #}
{% macro impact_comparisons() -%}
    {%- set days = impact_baseline_days() -%}
    {%- set verdict = var('impact_verdict_days') -%}
    {%- if verdict not in var('impact_horizons') or verdict >= 2 * days -%}
        {{ exceptions.raise_compiler_error('impact_verdict_days must be one of impact_horizons, and shorter than two baselines') }}
    {%- endif -%}
    {%- for horizon in var('impact_horizons') %}
    select 'effect' as comparison, {{ horizon }} as horizon_days, 0 as days_shifted, {{ -days }} as before_first, -1 as before_last,
        1 as after_first, {{ horizon }} as after_last
    union all
    {%- endfor %}
    select 'pre_trend' as comparison, {{ days }} as horizon_days, 0 as days_shifted, {{ -2 * days }} as before_first,
        {{ -days - 1 }} as before_last, {{ -days }} as after_first, -1 as after_last
    union all
    select 'placebo_date' as comparison, {{ verdict }} as horizon_days, {{ 2 * days }} as days_shifted, {{ -days }} as before_first,
        -1 as before_last, 1 as after_first, {{ verdict }} as after_last
{%- endmacro %}

{# How far from day 0 a comparison reaches, in days. #}
{% macro impact_days_before() %}{{ return(2 * impact_baseline_days() | int) }}{% endmacro %}
{% macro impact_days_after() %}{{ return(var('impact_horizons') | max) }}{% endmacro %}

{# Days of harm that count, from the hour it began: whole weeks, since habit is read off the same hours of the weeks before. #}
{% macro impact_days_of_harm() %}{{ return(7) }}{% endmacro %}

{# The rows that every incident and release has: each outcome at each horizon. #}
{% macro impact_cells() -%}
    {%- for outcome in ['feature_use', 'conversion'] -%}
        {%- for horizon in var('impact_horizons') %}
    select '{{ outcome }}' as outcome, {{ horizon }} as horizon_days
            {%- if not loop.last %} union all{% endif -%}
        {%- endfor -%}
        {%- if not loop.last %}
    union all{% endif -%}
    {%- endfor -%}
{%- endmacro %}

{# How many days from `first` to `last` fall on the weekday of `day`, which is before `first`. #}
{% macro days_on_weekday_of(day, first, last) -%}
    ({{ whole_quotient(last ~ ' - ' ~ day, 7) }} - {{ whole_quotient(first ~ ' - 1 - ' ~ day, 7) }})
{%- endmacro %}

{# n times the sum of squares about the mean: a whole number from whole sums, so no order of rows can change it. #}
{% macro whole_squares(n, sum_xy, sum_x, sum_y) -%}
    ({{ whole(n) }} * {{ whole(sum_xy) }} - {{ whole(sum_x) }} * {{ whole(sum_y) }})
{%- endmacro %}

{# Sample covariance (variance, where x is y) from whole sums. #}
{% macro sample_covariance(n, sum_xy, sum_x, sum_y) -%}
    cast({{ whole_squares(n, sum_xy, sum_x, sum_y) }} as {{ type_double() }}) / nullif(cast({{ n }} as {{ type_double() }}) * ({{ n }} - 1), 0)
{%- endmacro %}

{# A sum of floats that is the same in any order of the rows: in whole millionths of a billionth. #}
{% macro steady_sum(value) -%}
    (cast(sum({{ whole('round((' ~ value ~ ') * 1000000000000000)') }}) as {{ type_double() }}) / 1000000000000000)
{%- endmacro %}

{# Student's t: the value that 2.5 % exceed, for df of 2 and more, whole or not. Cornish and Fisher's series in 1/df about the normal's
   1.96; its eight coefficients are fitted to the exact quantile, which they meet within 1e-8. #}
{% macro t_critical(df) -%}
    {%- set terms = [2.372272379, 2.822429428, 2.557332692, 1.574122882, 0.816906007, 0.419095833, 0.021903327, 0.165922737] -%}
    {%- set series = namespace(sql='') -%}
    {%- for term in terms | reverse -%}
        {%- set series.sql = '(' ~ term ~ (' + ' ~ series.sql if series.sql else '') ~ ') / (' ~ df ~ ')' -%}
    {%- endfor -%}
    (1.959963984540054 + {{ series.sql }})
{%- endmacro %}

{# Two-sided p of a normal deviate: Abramowitz and Stegun 26.2.17, within 2e-7. #}
{% macro normal_p(z) -%}
    {%- set k = '(1 / (1 + 0.2316419 * abs(' ~ z ~ ')))' -%}
    (2 * exp(-0.5 * {{ z }} * {{ z }}) * 0.3989422804014327 * {{ k }} * (0.319381530 + {{ k }} * (-0.356563782 + {{ k }} * (1.781477937
        + {{ k }} * (-1.821255978 + {{ k }} * 1.330274429)))))
{%- endmacro %}

{# The normal deviate with the two-sided p of Student's t: Hill, Communications of the ACM 13 (1970), 617. p is within 4e-7 from df = 5 on,
   2e-5 at 3. Takes w = (df - 1/2) ln(1 + t^2 / df). #}
{% macro normal_deviate_of_t(w, df) -%}
    (((((-0.4 * {{ w }} - 3.3) * {{ w }} - 24) * {{ w }} - 85.5)
        / (0.8 * {{ w }} * {{ w }} + 100 + 48 * ({{ df }} - 0.5) * ({{ df }} - 0.5))
        + {{ w }} + 3) / (48 * ({{ df }} - 0.5) * ({{ df }} - 0.5)) + 1) * sqrt({{ w }})
{%- endmacro %}
