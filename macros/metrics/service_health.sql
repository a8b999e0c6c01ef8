{# Figures of a service are added as whole numbers (microseconds, millionths): sums of floats depend on the order of the rows, and
   a refresh would then differ from a rebuild in the last digit. A figure that is no number becomes null. #}
{% macro in_whole(value, parts) -%}
    {{ dbt.safe_cast('round(' ~ value ~ ' * ' ~ parts ~ ')', type_bigint()) }}
{%- endmacro %}

{# The mean of whole numbers weighted by whole numbers, over the rows that have both; the plain mean when all weights are 0 or
   missing. Weighting latency quantiles by requests gives a mean of quantiles, not the quantile of the whole. #}
{% macro weighted_mean(whole, weight, parts) -%}
    coalesce(
        cast(sum({{ whole }} * {{ weight }}) as {{ type_double() }})
        / nullif(cast(sum(case when {{ whole }} is not null then {{ weight }} end) as {{ type_double() }}), 0),
        cast(sum({{ whole }}) as {{ type_double() }}) / nullif(cast(count({{ whole }}) as {{ type_double() }}), 0)
    ) / {{ parts }}
{%- endmacro %}
