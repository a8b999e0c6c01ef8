-- Day D is complete for a source when its receive clock has passed the end of D by settle_hours. No wall clock is read. A clock that
-- runs alone more than a year ahead of all the others is broken, and is not believed: one event from 2050 must not end the present.

with received as (

    -- A tool whose events are set aside still tells how far it has come.
    select
        source,
        last_received_at
    from {{ ref('fct_actor_day') }}
    union all
    select
        source,
        last_received_at
    from {{ ref('fct_set_aside_day') }}

),

receive_days as (

    select
        source,
        {{ reporting_day('last_received_at') }} as receive_day,
        max(last_received_at) as newest_received_at,
        count(*) as actor_days
    from received
    where source in ('{{ var("as_of_sources") | join("', '") }}')
    group by source, {{ reporting_day('last_received_at') }}

),

ranked as (

    select
        source,
        receive_day,
        newest_received_at,
        lag(receive_day) over (partition by source order by receive_day) as day_before,
        sum(actor_days) over (
            partition by source
            order by receive_day desc
            rows between unbounded preceding and current row
        ) as actor_days_since,
        sum(actor_days) over (partition by source) as actor_days
    from receive_days

),

broken as (

    -- A product that wakes after a year is believed once a twentieth of all its use lies behind the gap.
    select
        source,
        min(receive_day) as from_day
    from ranked
    where {{ days_between('day_before', 'receive_day') }} > 366 and actor_days_since * 20 < actor_days
    group by source

),

clocks as (

    select
        ranked.source,
        max(ranked.newest_received_at) as newest_received_at
    from ranked
    left join broken on ranked.source = broken.source
    where broken.from_day is null or ranked.receive_day < broken.from_day
    group by ranked.source

),

complete as (

    select
        source,
        newest_received_at,
        {{ complete_to('newest_received_at') }} as data_complete_to
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
