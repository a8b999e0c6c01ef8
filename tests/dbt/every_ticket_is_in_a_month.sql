{{ config(description='Every ticket to as_of is counted in the month it was opened or set aside there, and the tools add up to all.') }}

with in_months as (

    select
        source,
        sum(created_tickets + deleted_tickets + excluded_tickets + outbound_tickets) as ticket_count
    from {{ ref('tickets_by_month') }}
    group by source

),

in_core as (

    select
        source,
        count(*) as ticket_count
    from {{ ref('fct_ticket') }}
    where created_date <= (select as_of from {{ ref('dim_as_of') }})
    group by source

),

totals as (

    select 'all' as source, sum(ticket_count) as ticket_count
    from in_core
    having count(*) > 0
    union all
    select source, ticket_count
    from in_core

)

select
    coalesce(totals.source, in_months.source) as source,
    totals.ticket_count as in_core,
    in_months.ticket_count as in_months
from totals
full outer join in_months on totals.source = in_months.source
where totals.ticket_count is null or in_months.ticket_count is null or totals.ticket_count <> in_months.ticket_count
