-- Which customers pay and give a reason to worry: quiet, unhappy, past due, or hit by incidents? The largest first.
with worrying as (

    select
        account_id,
        account_name,
        mrr,
        activity_state,
        days_inactive,
        last_nps_class,
        invoices_past_due,
        incidents_90d,
        case when activity_state in ('at risk', 'inactive') then 1 else 0 end
        + case when last_nps_class = 'detractor' then 1 else 0 end
        + case when invoices_past_due > 0 then 1 else 0 end
        + case when incidents_90d >= 3 then 1 else 0 end as reasons
    from {{ ref('account_360') }}
    where is_paying

)

select
    account_id,
    account_name,
    mrr,
    activity_state,
    days_inactive,
    last_nps_class,
    invoices_past_due,
    incidents_90d,
    reasons
from worrying
where reasons > 0
order by reasons desc, mrr desc, account_id
