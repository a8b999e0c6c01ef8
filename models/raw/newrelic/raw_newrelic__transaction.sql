with landed as (

    -- A row has no key: what says the same is the same.
    select
        {{ stable_id([as_text(field('payload'))]) }} as row_key,
        {{ from_epoch_ms(field('timestamp')) }} as occurred_at,
        {{ field('app_name') }} as app_name,
        {{ field('name') }} as name,
        {{ field('transaction_type') }} as transaction_type,
        {{ field('duration') }} as duration_s,
        {{ field('error') }} as is_error,
        {{ field('http_status') }} as http_status,
        {{ field('guid') }} as guid,
        {{ field('trace_id') }} as trace_id,
        {{ field('weight') }} as weight,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('newrelic', 'transaction') }}

),

final as (

    {{ with_versions('landed', key=['row_key']) }}

)

select
    row_key,
    occurred_at,
    app_name,
    name,
    transaction_type,
    duration_s,
    is_error,
    http_status,
    guid,
    trace_id,
    weight,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
