{# What stays of money that was collected: less what went back, less the tax that was only passed on, less the fees of payment. #}
{% macro net_collected(collected, refunded, tax, fees) -%}
    ({{ collected }} - {{ refunded }} - {{ tax }} - {{ fees }})
{%- endmacro %}

{# Lifetime value observed so far: net collected x gross margin (var gross_margin), to six decimals. #}
{% macro observed_ltv(net) -%}
    cast(cast({{ net }} as {{ type_money() }}) * cast('{{ var("gross_margin") }}' as {{ type_fraction() }}) as {{ type_decimal() }})
{%- endmacro %}

{# Tax that is part of an amount of its invoice, in minor units, half up. #}
{% macro tax_share(amount, tax, total) -%}
    case
        when {{ tax }} is null or {{ total }} is null or {{ total }} <= 0 then 0
        else {{ divided_half_up('(' ~ whole(amount) ~ ' * ' ~ whole(tax) ~ ')', whole(total)) }}
    end
{%- endmacro %}
