-- What each source had brought by the end of each day of receiving, and up to which day it was complete then.

with received as (

    select
        source,
        received_date,
        sum(event_count) as event_count,
        sum(case when received_date > event_date then event_count else 0 end) as later_day_event_count,
        min(event_date) as oldest_event_date,
        max(last_received_at) as last_received_at
    from {{ ref('fct_arrival_day') }}
    group by source, received_date

),

running as (

    select
        source,
        received_date,
        event_count,
        later_day_event_count,
        oldest_event_date,
        max(last_received_at) over (
            partition by source
            order by received_date
            rows between unbounded preceding and current row
        ) as newest_received_at
    from received

),

final as (

    select
        source,
        received_date,
        cast(event_count as {{ type_bigint() }}) as event_count,
        cast(later_day_event_count as {{ type_bigint() }}) as later_day_event_count,
        oldest_event_date,
        newest_received_at,
        {{ complete_to('newest_received_at') }} as data_complete_to
    from running

)

select
    source,
    received_date,
    event_count,
    later_day_event_count,
    oldest_event_date,
    newest_received_at,
    data_complete_to
from final
