with final as (

    {{ mapped('customer_account', {'source': type_string(), 'customer_id': type_string(), 'account_id': type_string()}) }}

)

select
    source,
    customer_id,
    account_id
from final
