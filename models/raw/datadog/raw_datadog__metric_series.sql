with landed as (

    select
        {{ field('query') }} as query,
        {{ field('status') }} as status,
        {{ from_epoch_ms(field('from_date')) }} as from_at,
        {{ from_epoch_ms(field('to_date')) }} as to_at,
        {{ field('series') }} as series,
        {{ field('series_v2') }} as series_v2,
        {{ field('times') }} as times,
        {{ field('points') }} as points,
        {{ json_text(field('times'), '$[0]') }} as first_bucket,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('datadog', 'metric_series') }}

),

final as (

    {{ with_versions('landed', key=['query', 'from_at', 'to_at', 'first_bucket']) }}

)

select
    query,
    status,
    from_at,
    to_at,
    series,
    series_v2,
    times,
    points,
    first_bucket,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
