-- Which accounts pay and have had no value event for 14 days, though they had one in the 28 days before?
with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

last_active as (

    select
        account_id,
        max(event_date) as last_active_on
    from {{ ref('fct_account_day') }}
    where is_active
    group by account_id

),

paying as (

    select account_id
    from {{ ref('fct_subscription_period') }}
    cross join as_of
    where mrr_minor > 0
        and valid_from < {{ reporting_day_start(add_days('as_of.as_of', 1)) }}
        and (valid_to is null or valid_to >= {{ reporting_day_start(add_days('as_of.as_of', 1)) }})
    group by account_id

),

final as (

    select
        paying.account_id,
        last_active.last_active_on,
        {{ days_between('last_active.last_active_on', 'as_of.as_of') }} as days_quiet
    from paying
    inner join last_active on paying.account_id = last_active.account_id
    cross join as_of
    where last_active.last_active_on <= {{ add_days('as_of.as_of', -14) }}
        and last_active.last_active_on > {{ add_days('as_of.as_of', -42) }}

)

select
    account_id,
    last_active_on,
    days_quiet
from final
order by days_quiet desc, account_id
