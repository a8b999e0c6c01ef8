{%- set amounts = ['total_minor', 'tax_minor', 'paid_minor', 'refunded_minor', 'refunded_by_credit_note_minor', 'credited_minor', 'fees_minor'] %}

with delivered as (

    {{ mapped('invoice', {
        'source': type_string(), 'invoice_id': type_string(), 'customer_id': type_string(), 'subscription_id': type_string(),
        'status': type_string(), 'issued_at': type_timestamp(), 'due_at': type_timestamp(), 'paid_at': type_timestamp(),
        'currency': type_string(), 'total_minor': type_bigint(), 'tax_minor': type_bigint(), 'paid_minor': type_bigint(),
        'refunded_minor': type_bigint(), 'refunded_by_credit_note_minor': type_bigint(), 'credited_minor': type_bigint(),
        'fees_minor': type_bigint(), 'is_live': type_boolean(),
    }) }}

),

in_house_units as (

    select
        delivered.source,
        delivered.invoice_id,
        delivered.customer_id,
        bridge.account_id,
        delivered.subscription_id,
        delivered.status,
        delivered.issued_at,
        {{ reporting_day('delivered.issued_at') }} as issued_date,
        delivered.due_at,
        delivered.paid_at,
        delivered.currency,
        {{ exponent_of('house') }} as currency_exponent,
        {% for amount in amounts -%}
        cast({{ rescaled('delivered.' ~ amount, exponent_of('own'), exponent_of('house')) }} as {{ type_bigint() }}) as {{ amount }},
        {% endfor -%}
        delivered.is_live
    from delivered
    left join {{ ref('bridge_customer_account') }} as bridge
        on delivered.source = bridge.source and delivered.customer_id = bridge.customer_id
    {{ join_exponent('delivered.source', 'delivered.currency', 'own') }}
    {{ join_exponent("'*'", 'delivered.currency', 'house') }}

),

final as (

    select
        in_house_units.*,
        case when {{ is_void('status') }} then 0 else {{ net_invoiced() }} end as net_minor
    from in_house_units

)

select
    source,
    invoice_id,
    customer_id,
    account_id,
    subscription_id,
    status,
    issued_at,
    issued_date,
    due_at,
    paid_at,
    currency,
    cast(currency_exponent as {{ type_bigint() }}) as currency_exponent,
    {% for amount in amounts -%}
    {{ amount }},
    {% endfor -%}
    net_minor,
    is_live
from final
