{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('session_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'session_date', 'days': 'account_session_days', 'sorted': true},
) }}
-- Exact because a row follows from the sessions that began on its own day and from who these actors are.

with session as (

    select
        coalesce(session.account_id, actor.account_id) as account_id,
        session.session_date
    from {{ ref('fct_session') }} as session
    inner join {{ ref('dim_actor') }} as actor on session.actor_id = actor.actor_id
    where not actor.is_excluded
        and {{ on_days('session.session_date', account_session_days) }}

),

final as (

    select
        account_id,
        session_date,
        count(*) as session_count
    from session
    where account_id is not null
    group by account_id, session_date

)

select
    account_id,
    session_date,
    session_count
from final
