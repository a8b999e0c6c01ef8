-- How late the events of each source come, from counts by step of delay.

with by_step as (

    select
        source,
        delay_up_to_seconds,
        sum(event_count) as event_count,
        max(longest_delay_seconds) as longest_delay_seconds
    from {{ ref('fct_arrival_day') }}
    group by source, delay_up_to_seconds

),

running as (

    select
        source,
        event_count,
        longest_delay_seconds,
        sum(event_count) over (
            partition by source
            order by delay_up_to_seconds
            rows between unbounded preceding and current row
        ) as events_so_far,
        sum(event_count) over (partition by source) as events_in_all
    from by_step

),

final as (

    select
        source,
        cast(sum(event_count) as {{ type_bigint() }}) as event_count,
        {{ delay_quantile(50, 'events_so_far', 'events_in_all', 'longest_delay_seconds') }} as p50_delay_seconds,
        {{ delay_quantile(90, 'events_so_far', 'events_in_all', 'longest_delay_seconds') }} as p90_delay_seconds,
        {{ delay_quantile(99, 'events_so_far', 'events_in_all', 'longest_delay_seconds') }} as p99_delay_seconds,
        max(longest_delay_seconds) as longest_delay_seconds
    from running
    group by source

)

select
    source,
    event_count,
    p50_delay_seconds,
    p90_delay_seconds,
    p99_delay_seconds,
    longest_delay_seconds
from final
