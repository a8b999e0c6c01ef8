-- Day D is complete for a source when its receive clock has passed the end of D by settle_hours. No wall clock is read.

with clocks as (

    select
        source,
        max(last_received_at) as newest_received_at
    from {{ ref('fct_actor_day') }}
    where source in ('{{ var("as_of_sources") | join("', '") }}')
    group by source

),

complete as (

    select
        source,
        newest_received_at,
        {{ add_days(reporting_day(add_seconds('newest_received_at', '-' ~ var('settle_hours') * 3600)), -1) }} as data_complete_to
    from clocks

),

final as (

    select
        source,
        newest_received_at,
        data_complete_to,
        {{ days_between('data_complete_to', 'max(data_complete_to) over ()') }} > {{ var('stall_days') }} as is_stalled
    from complete

)

select
    source,
    newest_received_at,
    data_complete_to,
    is_stalled
from final
