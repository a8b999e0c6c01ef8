-- What a company's own account record says wins over what a billing system knows of the customer.

with known as (

    {{ mapped('customer_account', {
        'source': type_string(), 'customer_id': type_string(), 'account_id': type_string(), 'is_account_record': type_boolean(),
        'account_name': type_string(), 'created_at': type_timestamp(), 'industry': type_string(), 'size': type_string(),
        'country': type_string(), 'region': type_string(), 'channel': type_string(),
    }) }}

),

ranked as (

    select
        known.*,
        row_number() over (
            partition by account_id
            order by case when is_account_record then 0 else 1 end, created_at nulls last, source, customer_id
        ) as rank_of_source
    from known

),

customers as (

    select
        account_id,
        count(*) as customer_count,
        min(created_at) as created_at
    from known
    group by account_id

),

final as (

    select
        ranked.account_id,
        ranked.source,
        ranked.account_name,
        coalesce(ranked.created_at, customers.created_at) as created_at,
        ranked.industry,
        ranked.size,
        ranked.country,
        ranked.region,
        ranked.channel as won_channel,
        ranked.is_account_record,
        customers.customer_count
    from ranked
    inner join customers on ranked.account_id = customers.account_id
    where ranked.rank_of_source = 1

)

select
    account_id,
    source,
    account_name,
    created_at,
    industry,
    size,
    country,
    region,
    won_channel,
    is_account_record,
    customer_count
from final
