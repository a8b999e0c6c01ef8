{# Monthly recurring revenue of one subscription item, in minor units: price x quantity, net of recurring discounts, normalised to
   a month (year / 12, week x 52 / 12, day x 365 / 12, by interval count), rounded half up once.
   unit_amount: minor units, up to six decimals; discount_percent: up to four decimals; discount_minor: off each period.
   All factors become whole numbers first, so nothing is lost before the one division. A discount never makes it negative. #}
{% macro mrr_minor(unit_amount, quantity, billing_interval, interval_count, discount_percent, discount_minor) -%}
    {%- set unit = whole('round(' ~ unit_amount ~ ' * 1000000, 0)') -%}
    {%- set units = whole('round(' ~ quantity ~ ' * 1000000, 0)') -%}
    {%- set kept = whole('round((100 - ' ~ discount_percent ~ ') * 10000, 0)') -%}
    {%- set period = '(' ~ unit ~ ' * ' ~ units ~ ' * ' ~ kept ~ ' - ' ~ whole(discount_minor) ~ ' * ' ~ whole('1000000000000000000') ~ ')' -%}
    {%- set numerator = period ~ ' * ' ~ whole('case ' ~ billing_interval ~ " when 'year' then 1 when 'month' then 12 when 'week' then 52 when 'day' then 365 end") -%}
    {%- set denominator = '(' ~ whole('12000000000') ~ ' * ' ~ whole('1000000000') ~ ' * ' ~ whole(interval_count) ~ ')' -%}
    case when {{ period }} < 0 then 0 else {{ divided_half_up('(' ~ numerator ~ ')', denominator) }} end
{%- endmacro %}

{# Money in major units to minor units, by the currency's exponent; half away from zero. #}
{% macro to_minor(amount, exponent) -%}
    cast(round({{ amount }} * {{ ten_to(exponent) }}, 0) as {{ type_bigint() }})
{%- endmacro %}

{# 10 to a currency's exponent; no currency has more than three decimals. #}
{% macro ten_to(exponent) -%}
    case {{ exponent }} when 0 then 1 when 1 then 10 when 2 then 100 when 3 then 1000 end
{%- endmacro %}

{# Minor units to a decimal in major units, exactly. #}
{% macro to_major(minor, exponent) -%}
    cast(cast({{ minor }} as {{ type_money() }}) * {{ part_of_major(exponent) }} as {{ type_decimal() }})
{%- endmacro %}

{% macro part_of_major(exponent) -%}
    cast(case {{ exponent }} when 0 then '1' when 1 then '0.1' when 2 then '0.01' when 3 then '0.001' end as {{ type_fraction() }})
{%- endmacro %}

{# Minor units at a dated rate, which has nine decimals, in major units of the reporting currency, to six, half away from zero. Null without
   a rate; nothing is nothing at any rate. #}
{% macro at_rate(minor, exponent, rate) -%}
    {%- set micros = divided_half_up(
        '(' ~ whole(minor) ~ ' * ' ~ whole('round(' ~ rate ~ ' * 1000000000, 0)') ~ ')', '(1000 * ' ~ whole(ten_to(exponent)) ~ ')') -%}
    cast(case when {{ minor }} = 0 then 0 else cast({{ micros }} as {{ type_money() }}) * cast('0.000001' as {{ type_fraction() }}) end as {{ type_decimal() }})
{%- endmacro %}

{# The exponent of a vendor's amounts in a currency: the vendor's own, else the currency's, else the default. #}
{% macro join_exponent(vendor, currency, name) -%}
    left join {{ ref('currency_exponents') }} as {{ name }}_own on {{ name }}_own.vendor = {{ vendor }} and {{ name }}_own.currency = {{ currency }}
    left join {{ ref('currency_exponents') }} as {{ name }}_common on {{ name }}_common.vendor = '*' and {{ name }}_common.currency = {{ currency }}
{%- endmacro %}

{% macro exponent_of(name) -%}
    {#- a constant join condition is one that BigQuery does not run -#}
    coalesce(
        {{ name }}_own.exponent,
        {{ name }}_common.exponent,
        (select exponent from {{ ref('currency_exponents') }} where vendor = '*' and currency = '*')
    )
{%- endmacro %}

{# An amount counted in one exponent, counted in another: Stripe writes ISK with two decimals, others with none. #}
{% macro rescaled(amount, from_exponent, to_exponent) -%}
    cast(
        case
            when {{ from_exponent }} = {{ to_exponent }} then {{ amount }}
            else cast(cast({{ amount }} as {{ type_money() }}) * {{ part_of_major(from_exponent) }} as {{ type_money() }}) * {{ ten_to(to_exponent) }}
        end as {{ type_decimal() }}
    )
{%- endmacro %}

{# Millionths of the price that the n-th percentage leaves. #}
{% macro kept_of(n) -%}
    cast(round((100 - coalesce(max(case when kind = 'discount' and number_of_kind = {{ n }} then percent end), 0)) * 10000, 0) as {{ type_bigint() }})
{%- endmacro %}

{# What an invoice is worth: its total less what credit notes and refunds took back, each once. #}
{% macro net_invoiced() -%}
    total_minor - credited_minor - (refunded_minor - refunded_by_credit_note_minor)
{%- endmacro %}

{# An invoice that was taken back whole: nothing was owed, so nothing counts. #}
{% macro is_void(status) -%}
    lower(trim({{ status }})) in ('void', 'voided')
{%- endmacro %}
