{{ config(materialized='ephemeral', enabled='zendesk' in var('sources')) }}
-- Zendesk counts minutes from Sunday 00:00 by the schedule's own clock; an interval that runs over midnight is one piece per day.

with pieces as (

    select
        schedule_id,
        name,
        time_zone,
        day_of_week,
        {{ json_whole('piece', '$.start_time') }} - day_of_week * 1440 as opens_minute,
        {{ json_whole('piece', '$.end_time') }} - day_of_week * 1440 as closes_minute
    from {{ json_items(ref('raw_zendesk__schedules'), 'intervals', '$', 'piece', alias='schedules') }}
    {{ cross_join_counter('6', 'day_of_week') }}
    where is_current

)

select
    'zendesk:' || schedule_id as schedule_id,
    name as schedule_name,
    case when day_of_week = 0 then 7 else day_of_week end as weekday,
    case when opens_minute < 0 then 0 else opens_minute end as opens_minute,
    case when closes_minute > 1440 then 1440 else closes_minute end as closes_minute,
    time_zone
from pieces
where opens_minute < 1440 and closes_minute > 0 and opens_minute < closes_minute
