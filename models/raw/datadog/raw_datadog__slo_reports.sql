with landed as (

    select
        {{ field('report_id') }} as report_id,
        {{ field('status') }} as status,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('datadog', 'slo_reports') }}

),

final as (

    {{ with_versions('landed', key=['report_id']) }}

)

select
    report_id,
    status,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
