-- Each movement is valued at the rate of its own day, and the tax within it is its share of its invoice's.

with delivered as (

    {{ mapped('payment', {
        'source': type_string(), 'payment_id': type_string(), 'kind': type_string(), 'invoice_id': type_string(),
        'customer_id': type_string(), 'occurred_at': type_timestamp(), 'currency': type_string(), 'amount_minor': type_bigint(),
        'fee_minor': type_bigint(), 'fee_currency': type_string(), 'is_live': type_boolean(),
    }) }}

),

invoice as (

    select
        source,
        invoice_id,
        account_id,
        total_minor,
        tax_minor
    from {{ ref('fct_invoice') }}

),

in_house_units as (

    select
        delivered.source,
        delivered.payment_id,
        delivered.kind,
        delivered.invoice_id,
        delivered.customer_id,
        coalesce(bridge.account_id, invoice.account_id) as account_id,
        delivered.occurred_at,
        {{ reporting_day('delivered.occurred_at') }} as occurred_date,
        delivered.currency,
        {{ exponent_of('house') }} as currency_exponent,
        cast({{ rescaled('delivered.amount_minor', exponent_of('own'), exponent_of('house')) }} as {{ type_bigint() }}) as amount_minor,
        delivered.fee_currency,
        {{ exponent_of('fee_house') }} as fee_exponent,
        cast({{ rescaled('delivered.fee_minor', exponent_of('fee_own'), exponent_of('fee_house')) }} as {{ type_bigint() }}) as fee_minor,
        invoice.total_minor as invoice_total_minor,
        invoice.tax_minor as invoice_tax_minor,
        delivered.is_live
    from delivered
    left join {{ ref('bridge_customer_account') }} as bridge
        on delivered.source = bridge.source and delivered.customer_id = bridge.customer_id
    left join invoice on delivered.source = invoice.source and delivered.invoice_id = invoice.invoice_id
    {{ join_exponent('delivered.source', 'delivered.currency', 'own') }}
    {{ join_exponent("'*'", 'delivered.currency', 'house') }}
    {{ join_exponent('delivered.source', 'delivered.fee_currency', 'fee_own') }}
    {{ join_exponent("'*'", 'delivered.fee_currency', 'fee_house') }}

),

split_up as (

    select
        in_house_units.*,
        case when kind = 'payment' then amount_minor else 0 end as collected_minor,
        case when kind = 'payment' then 0 else amount_minor end as refunded_minor,
        case when kind = 'payment' then 1 else -1 end * {{ tax_share('amount_minor', 'invoice_tax_minor', 'invoice_total_minor') }} as tax_minor
    from in_house_units

),

asked_rate as (

    select
        currency,
        occurred_date
    from split_up
    union all
    select
        fee_currency as currency,
        occurred_date
    from split_up

),

rate as (

    {{ dated_rate('asked_rate', 'currency', 'occurred_date') }}

),

final as (

    select
        split_up.*,
        rate.rate as fx_rate,
        fee_rate.rate as fee_fx_rate,
        {{ at_rate('split_up.collected_minor', 'split_up.currency_exponent', 'rate.rate') }} as collected,
        {{ at_rate('split_up.refunded_minor', 'split_up.currency_exponent', 'rate.rate') }} as refunded,
        {{ at_rate('split_up.tax_minor', 'split_up.currency_exponent', 'rate.rate') }} as tax,
        {{ at_rate('split_up.fee_minor', 'split_up.fee_exponent', 'fee_rate.rate') }} as fee
    from split_up
    left join rate on split_up.currency = rate.currency and split_up.occurred_date = rate.day
    left join rate as fee_rate on split_up.fee_currency = fee_rate.currency and split_up.occurred_date = fee_rate.day

)

select
    source,
    payment_id,
    kind,
    invoice_id,
    customer_id,
    account_id,
    occurred_at,
    occurred_date,
    currency,
    cast(currency_exponent as {{ type_bigint() }}) as currency_exponent,
    cast(collected_minor as {{ type_bigint() }}) as collected_minor,
    cast(refunded_minor as {{ type_bigint() }}) as refunded_minor,
    cast(tax_minor as {{ type_bigint() }}) as tax_minor,
    fee_currency,
    fee_minor,
    fx_rate,
    fee_fx_rate,
    collected,
    refunded,
    tax,
    fee,
    is_live
from final
