{# Sum of one kind of MRR movement; 0 where there was none, null where a part has no rate. #}
{% macro sum_of(kind, amount, condition='true') -%}
    {%- set of_kind = "kind = '" ~ kind ~ "' and " ~ condition -%}
    case when {{ count_where(of_kind ~ ' and ' ~ amount ~ ' is null') }} = 0
        then cast(coalesce(sum(case when {{ of_kind }} then {{ amount }} end), 0) as {{ type_decimal() }})
    end
{%- endmacro %}

{# A total that lacks a part is no total: null, and the parts without a rate are counted beside it. #}
{% macro whole_sum(amount) -%}
    case when {{ count_where(amount ~ ' is null') }} = 0 then cast(sum({{ amount }}) as {{ type_decimal() }}) end
{%- endmacro %}

{# Of what an account paid at the start, what is left of it at the end, growth left out. #}
{% macro kept_of_opening(opening, closing) -%}
    case when {{ opening }} = 0 then 0 when {{ closing }} < {{ opening }} then {{ closing }} else {{ opening }} end
{%- endmacro %}

{# What the accounts that paid at the start pay at the end, growth included. #}
{% macro closing_of_opening(opening, closing) -%}
    case when {{ opening }} = 0 then 0 else {{ closing }} end
{%- endmacro %}
