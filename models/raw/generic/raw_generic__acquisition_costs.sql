with landed as (

    select
        {{ field('month') }} as month,
        {{ field('channel') }} as channel,
        {{ field('currency') }} as currency,
        {{ field('cost') }} as cost,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'acquisition_costs') }}

),

final as (

    {{ with_versions('landed', key=['month', 'channel', 'currency']) }}

)

select
    month,
    channel,
    currency,
    cost,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
