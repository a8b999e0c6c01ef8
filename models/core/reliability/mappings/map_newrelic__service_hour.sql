{{ config(materialized='ephemeral', enabled='newrelic' in var('sources')) }}
{%- set speaking = speaking_of_service_days('raw_newrelic__transaction') %}
-- Web transactions by hour; what runs in the background serves no request. Quantiles are those of the hour's rows. New Relic says how
-- long the application took, not when the first byte came, so there is no time to first byte.

with transactions as (

    select
        event_date,
        trim(app_name) as service,
        {{ hour_start('occurred_at') }} as bucket_start,
        {{ in_whole('duration_s', 1000000) }} as duration_us,
        {{ newrelic_has_failed() }} as is_error,
        trace_id,
        coalesce(weight, 1) as weight
    from {{ ref('raw_newrelic__transaction') }}
    where {{ speaking }}
        and record_status = 'loaded'
        and coalesce(lower(transaction_type), 'web') = 'web'

),

expected as (

    select
        event_date,
        trace_id
    from {{ ref('map_newrelic__failed_trace') }}
    where is_expected
        and {{ speaking }}
    group by event_date, trace_id

),

judged as (

    select
        transactions.service,
        transactions.bucket_start,
        transactions.duration_us,
        transactions.weight,
        transactions.is_error and expected.trace_id is null as is_failed,
        {{ quantile_over('duration_us', 0.5, 'service, bucket_start') }} as p50_us,
        {{ quantile_over('duration_us', 0.95, 'service, bucket_start') }} as p95_us,
        {{ quantile_over('duration_us', 0.99, 'service, bucket_start') }} as p99_us
    from transactions
    left join expected on transactions.trace_id = expected.trace_id and transactions.event_date = expected.event_date

),

final as (

    select
        'newrelic' as source,
        service,
        bucket_start,
        60 as bucket_minutes,
        sum(weight) as requests,
        sum(case when is_failed then weight else 0 end) as errors,
        {{ in_whole('max(p50_us)', 1) }} / 1000 as p50_ms,
        {{ in_whole('max(p95_us)', 1) }} / 1000 as p95_ms,
        {{ in_whole('max(p99_us)', 1) }} / 1000 as p99_ms,
        cast(null as {{ type_double() }}) as ttfb_ms,
        cast(null as {{ type_double() }}) as utilisation,
        sum(case when {{ is_apdex_satisfied('duration_us', 'is_failed') }} then weight else 0 end) as apdex_satisfied,
        sum(case when {{ is_apdex_tolerating('duration_us', 'is_failed') }} then weight else 0 end) as apdex_tolerating,
        sum(weight) as apdex_total
    from judged
    group by service, bucket_start

)

select
    source,
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
    apdex_satisfied,
    apdex_tolerating,
    apdex_total
from final
