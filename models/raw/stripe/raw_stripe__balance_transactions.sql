with landed as (

    select
        {{ field('balance_transaction_id') }} as balance_transaction_id,
        {{ field('amount') }} as amount,
        {{ field('fee') }} as fee,
        {{ field('net') }} as net,
        {{ field('currency') }} as currency,
        {{ field('exchange_rate') }} as exchange_rate,
        {{ field('entry_type') }} as entry_type,
        {{ field('reporting_category') }} as reporting_category,
        {{ field('source_id') }} as source_id,
        {{ field('status') }} as status,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ from_epoch_s(field('available_on')) }} as available_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'balance_transactions') }}

),

final as (

    {{ with_versions('landed', key=['balance_transaction_id']) }}

)

select
    balance_transaction_id,
    amount,
    fee,
    net,
    currency,
    exchange_rate,
    entry_type,
    reporting_category,
    source_id,
    status,
    created_at,
    available_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
