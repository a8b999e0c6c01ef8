{{ config(materialized='ephemeral', enabled='intercom' in var('sources')) }}
-- `company_id` is the account as the company's own product calls it. For companies an agent typed in, Intercom makes one up.
select
    intercom_id,
    case when company_id like '%-qualification-company' then 'intercom:' || intercom_id else company_id end as account_id,
    name,
    industry,
    size,
    created_at
from {{ ref('raw_intercom__companies') }}
where is_current
