{%- set spans = ['first_reply', 'resolution', 'requester_wait'] -%}
with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

tickets as (

    -- Deleted, outbound and staff tickets are set aside, each once, and counted beside the rest.
    select
        tickets.*,
        {{ month_start('tickets.created_date') }} as created_month,
        case when tickets.is_solved and tickets.solved_date <= as_of.as_of then {{ month_start('tickets.solved_date') }} end as solved_month,
        case
            when tickets.is_deleted then 'deleted'
            when tickets.excluded_reason is not null then 'excluded'
            when tickets.is_outbound then 'outbound'
        end as set_aside
    from {{ ref('fct_ticket') }} as tickets
    cross join as_of
    where tickets.created_date <= as_of.as_of

),

by_source_and_all as (

    select tickets.*, source as source_or_all
    from tickets
    union all
    select tickets.*, 'all' as source_or_all
    from tickets

),

created as (

    select
        source_or_all as source,
        created_month as month,
        {{ count_where('set_aside is null') }} as created_tickets,
        {{ count_where("set_aside = 'deleted'") }} as deleted_tickets,
        {{ count_where("set_aside = 'excluded'") }} as excluded_tickets,
        {{ count_where("set_aside = 'outbound'") }} as outbound_tickets,
        {{ count_where('set_aside is null and first_reply_seconds is not null') }} as replied_tickets
    from by_source_and_all
    group by source_or_all, created_month

),

solved as (

    -- A score is asked for after the solution, so it counts with it.
    select
        source_or_all as source,
        solved_month as month,
        count(*) as solved_tickets,
        {{ count_where('is_reopened') }} as reopened_tickets,
        {{ count_where('is_reopened is not null') }} as tickets_with_reopens_known,
        {{ count_where('is_one_touch') }} as one_touch_tickets,
        {{ count_where('is_one_touch is not null') }} as tickets_with_touches_known,
        cast(coalesce(sum(next_reply_count), 0) as {{ type_bigint() }}) as next_replies,
        cast(sum(next_reply_seconds_total) as {{ type_bigint() }}) as next_reply_seconds,
        cast(sum(next_reply_business_seconds_total) as {{ type_bigint() }}) as next_reply_business_seconds,
        {{ count_where('is_satisfied is not null') }} as csat_answers,
        {{ count_where('is_satisfied') }} as satisfied_answers
    from by_source_and_all
    where set_aside is null and solved_month is not null
    group by source_or_all, solved_month

),

spans as (

    -- The first reply belongs to the month of the question, what ends with the solution to the month of that.
    {%- for span in spans %}
    select
        source_or_all as source,
        '{{ span }}' as span,
        {{ 'created_month' if span == 'first_reply' else 'solved_month' }} as month,
        {{ span }}_seconds as seconds,
        {{ span }}_business_seconds as business_seconds
    from by_source_and_all
    where set_aside is null and {{ span }}_seconds is not null
        {%- if span != 'first_reply' %} and solved_month is not null{% endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

ranked as (

    select
        source,
        span,
        month,
        {{ quantile_over('seconds', 0.5, 'source, span, month') }} as median_seconds,
        {{ quantile_over('seconds', 0.9, 'source, span, month') }} as p90_seconds,
        {{ quantile_over('business_seconds', 0.5, 'source, span, month') }} as median_business_seconds,
        {{ quantile_over('business_seconds', 0.9, 'source, span, month') }} as p90_business_seconds
    from spans

),

quantiles as (

    select
        source,
        month,
        {%- for span in spans %}
        {%- for figure in ['median', 'p90'] %}
        {%- for clock in ['', '_business'] %}
        max(case when span = '{{ span }}' then {{ figure }}{{ clock }}_seconds end) / 3600 as {{ figure }}_{{ span }}{{ clock }}_hours
        {%- if not (loop.last and figure == 'p90' and span == spans[-1]) %},{% endif %}
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
    from ranked
    group by source, month

),

promises as (

    select
        by_source_and_all.source_or_all as source,
        by_source_and_all.created_month as month,
        {{ count_where('sla.is_met is not null') }} as sla_targets,
        {{ count_where('sla.is_met') }} as sla_targets_met
    from {{ ref('fct_ticket_sla') }} as sla
    inner join by_source_and_all on sla.source = by_source_and_all.source and sla.ticket_id = by_source_and_all.ticket_id
    where by_source_and_all.set_aside is null
    group by by_source_and_all.source_or_all, by_source_and_all.created_month

),

active as (

    select
        {{ month_start('event_date') }} as month,
        count(distinct person_id) as active_persons
    from {{ ref('fct_person_day') }}
    cross join as_of
    where is_active and not is_excluded and event_date <= as_of.as_of
    group by {{ month_start('event_date') }}

),

first_months as (

    select
        source_or_all as source,
        min(created_month) as first_month
    from by_source_and_all
    group by source_or_all

),

months as (

    -- A month without a ticket is a row of zeros.
    select
        first_months.source,
        month,
        as_of.as_of
    from first_months
    cross join as_of
    {{ cross_join_months('first_months.first_month', 'as_of.as_of', 'month') }}

),

counted as (

    select
        months.month,
        months.source,
        {{ month_end('months.month', 'months.as_of') }} as month_end,
        {{ add_days(add_months('months.month', 1), -1) }} <= months.as_of as is_complete,
        coalesce(created.created_tickets, 0) as created_tickets,
        coalesce(solved.solved_tickets, 0) as solved_tickets,
        coalesce(created.deleted_tickets, 0) as deleted_tickets,
        coalesce(created.excluded_tickets, 0) as excluded_tickets,
        coalesce(created.outbound_tickets, 0) as outbound_tickets,
        coalesce(created.replied_tickets, 0) as replied_tickets,
        coalesce(solved.reopened_tickets, 0) as reopened_tickets,
        coalesce(solved.tickets_with_reopens_known, 0) as tickets_with_reopens_known,
        coalesce(solved.one_touch_tickets, 0) as one_touch_tickets,
        coalesce(solved.tickets_with_touches_known, 0) as tickets_with_touches_known,
        coalesce(solved.next_replies, 0) as next_replies,
        solved.next_reply_seconds,
        solved.next_reply_business_seconds,
        coalesce(solved.csat_answers, 0) as csat_answers,
        coalesce(solved.satisfied_answers, 0) as satisfied_answers,
        coalesce(promises.sla_targets, 0) as sla_targets,
        coalesce(promises.sla_targets_met, 0) as sla_targets_met,
        coalesce(active.active_persons, 0) as active_persons,
        {%- for span in spans %}
        {%- for figure in ['median', 'p90'] %}
        quantiles.{{ figure }}_{{ span }}_hours,
        quantiles.{{ figure }}_{{ span }}_business_hours
        {%- if not (loop.last and span == spans[-1]) %},{% endif %}
        {%- endfor %}
        {%- endfor %}
    from months
    left join created on months.source = created.source and months.month = created.month
    left join solved on months.source = solved.source and months.month = solved.month
    left join quantiles on months.source = quantiles.source and months.month = quantiles.month
    left join promises on months.source = promises.source and months.month = promises.month
    left join active on months.month = active.month

),

final as (

    select
        counted.*,
        {{ rate('reopened_tickets', 'tickets_with_reopens_known') }} as reopened_rate,
        {{ rate('one_touch_tickets', 'tickets_with_touches_known') }} as one_touch_rate,
        {{ rate('next_reply_seconds', 'next_replies') }} / 3600 as mean_next_reply_hours,
        {{ rate('next_reply_business_seconds', 'next_replies') }} / 3600 as mean_next_reply_business_hours,
        {{ rate('satisfied_answers', 'csat_answers') }} as csat,
        {{ wilson_bound('satisfied_answers', 'csat_answers', -1) }} as csat_low,
        {{ wilson_bound('satisfied_answers', 'csat_answers', 1) }} as csat_high,
        {{ rate('sla_targets_met', 'sla_targets') }} as sla_met_rate,
        {{ rate('created_tickets * 1000', 'active_persons') }} as tickets_per_1000_active_persons
    from counted

)

select
    month,
    source,
    month_end,
    is_complete,
    created_tickets,
    solved_tickets,
    deleted_tickets,
    excluded_tickets,
    outbound_tickets,
    replied_tickets,
    median_first_reply_hours,
    p90_first_reply_hours,
    median_first_reply_business_hours,
    p90_first_reply_business_hours,
    next_replies,
    mean_next_reply_hours,
    mean_next_reply_business_hours,
    median_resolution_hours,
    p90_resolution_hours,
    median_resolution_business_hours,
    p90_resolution_business_hours,
    median_requester_wait_hours,
    p90_requester_wait_hours,
    median_requester_wait_business_hours,
    p90_requester_wait_business_hours,
    reopened_tickets,
    tickets_with_reopens_known,
    reopened_rate,
    one_touch_tickets,
    tickets_with_touches_known,
    one_touch_rate,
    csat_answers,
    satisfied_answers,
    csat,
    csat_low,
    csat_high,
    sla_targets,
    sla_targets_met,
    sla_met_rate,
    active_persons,
    tickets_per_1000_active_persons
from final
