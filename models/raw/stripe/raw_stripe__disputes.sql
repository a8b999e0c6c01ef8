with landed as (

    select
        {{ field('dispute_id') }} as dispute_id,
        {{ field('charge_id') }} as charge_id,
        {{ field('amount') }} as amount,
        {{ field('currency') }} as currency,
        {{ field('status') }} as status,
        {{ field('reason') }} as reason,
        {{ from_epoch_s(field('created')) }} as created_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'disputes') }}

),

final as (

    {{ with_versions('landed', key=['dispute_id']) }}

)

select
    dispute_id,
    charge_id,
    amount,
    currency,
    status,
    reason,
    created_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
