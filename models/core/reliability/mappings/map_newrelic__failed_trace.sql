{{ config(
    materialized='incremental',
    enabled='newrelic' in var('sources'),
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'failed_trace_days', 'speaks_of': ['first_date', 'event_date']},
) }}
-- Whether the company expects the errors of a trace may change at any time after its transactions. Few fail, so these are kept by day
-- with the verdict, and a refresh finds the days on which it is another now. Exact because those days are replaced, beside the days on
-- which transactions changed.

with expected as (

    {{ newrelic_expected_traces() }}

),

failed as (

    select
        event_date,
        first_date,
        trace_id
    from {{ ref('raw_newrelic__transaction') }}
    where trace_id is not null
        and record_status = 'loaded'
        and {{ newrelic_has_failed() }}
        and {{ on_days('event_date', failed_trace_days) }}
    group by event_date, first_date, trace_id

),

final as (

    select
        failed.event_date,
        failed.first_date,
        failed.trace_id,
        expected.trace_id is not null as is_expected
    from failed
    left join expected on failed.trace_id = expected.trace_id

)

select
    event_date,
    first_date,
    trace_id,
    is_expected
from final
