with landed as (

    -- A row has no key: what says the same is the same.
    select
        {{ stable_id([as_text(field('payload'))]) }} as row_key,
        {{ from_epoch_ms(field('timestamp')) }} as occurred_at,
        {{ field('app_name') }} as app_name,
        {{ field('error_class') }} as error_class,
        coalesce({{ field('error_expected') }}, false) as is_expected,
        {{ field('transaction_name') }} as transaction_name,
        {{ field('trace_id') }} as trace_id,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('newrelic', 'transaction_error') }}

),

final as (

    {{ with_versions('landed', key=['row_key']) }}

)

select
    row_key,
    occurred_at,
    app_name,
    error_class,
    is_expected,
    transaction_name,
    trace_id,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
