{{ config(materialized='ephemeral', enabled='zendesk' in var('sources')) }}
-- A holiday lasts from its first day to its last, both included; one that ends before it starts, or after a year, is none.
select
    'zendesk:' || schedule_id as schedule_id,
    day
from {{ ref('raw_zendesk__schedule_holidays') }}
{{ cross_join_days('start_date', 'end_date', 'day') }}
where is_current and {{ days_between('start_date', 'end_date') }} between 0 and 366
