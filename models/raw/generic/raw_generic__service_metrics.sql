with landed as (

    select
        {{ field('service') }} as service,
        {{ field('bucket_start') }} as bucket_start,
        {{ field('bucket_minutes') }} as bucket_minutes,
        {{ field('requests') }} as requests,
        {{ field('errors') }} as errors,
        {{ field('p50_ms') }} as p50_ms,
        {{ field('p95_ms') }} as p95_ms,
        {{ field('p99_ms') }} as p99_ms,
        {{ field('ttfb_ms') }} as ttfb_ms,
        {{ field('utilisation') }} as utilisation,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'service_metrics') }}

),

final as (

    {{ with_versions('landed', key=['service', 'bucket_start', 'bucket_minutes']) }}

)

select
    service,
    bucket_start,
    bucket_minutes,
    requests,
    errors,
    p50_ms,
    p95_ms,
    p99_ms,
    ttfb_ms,
    utilisation,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
