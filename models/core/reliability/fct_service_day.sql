{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('hour_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'hour_date', 'days': 'service_hour_days'},
) }}
-- Exact because a day follows from its hours alone, and every day that fct_service_hour replaced is replaced here.

with hours as (

    select * from {{ ref('fct_service_hour') }}
    where {{ on_days('hour_date', service_hour_days) }}

),

final as (

    select
        source,
        service,
        hour_date,
        cast(sum(covered_minutes) as {{ type_bigint() }}) as covered_minutes,
        cast(sum(requests) as {{ type_bigint() }}) as requests,
        cast(sum(errors) as {{ type_bigint() }}) as errors,
        {{ weighted_mean(in_whole('p50_ms', 1000), 'requests', 1000) }} as p50_ms,
        {{ weighted_mean(in_whole('p95_ms', 1000), 'requests', 1000) }} as p95_ms,
        {{ weighted_mean(in_whole('p99_ms', 1000), 'requests', 1000) }} as p99_ms,
        {{ weighted_mean(in_whole('ttfb_ms', 1000), 'requests', 1000) }} as ttfb_ms,
        cast(sum(apdex_satisfied) as {{ type_bigint() }}) as apdex_satisfied,
        cast(sum(apdex_tolerating) as {{ type_bigint() }}) as apdex_tolerating,
        cast(sum(apdex_total) as {{ type_bigint() }}) as apdex_total,
        min(case when errors > requests or utilisation < 0 or utilisation > 1.5 then hour_start end) as first_odd_hour
    from hours
    group by source, service, hour_date

)

select
    source,
    service,
    hour_date,
    covered_minutes,
    requests,
    errors,
    p50_ms,
    p95_ms,
    p99_ms,
    ttfb_ms,
    apdex_satisfied,
    apdex_tolerating,
    apdex_total,
    first_odd_hour
from final
