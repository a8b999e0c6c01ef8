with landed as (

    select
        {{ field('day') }} as day,
        {{ field('from_currency') }} as from_currency,
        {{ field('to_currency') }} as to_currency,
        {{ field('rate') }} as rate,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'fx_rates') }}

),

final as (

    {{ with_versions('landed', key=['day', 'from_currency', 'to_currency']) }}

)

select
    day,
    from_currency,
    to_currency,
    rate,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
