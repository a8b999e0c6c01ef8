with landed as (

    select
        {{ field('user_id') }} as user_id,
        {{ field('email') }} as email,
        {{ field('account_id') }} as account_id,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('traits') }} as traits,
        {{ field('is_internal') }} as is_internal,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'users') }}

),

final as (

    {{ with_versions('landed', key=['user_id'], version=['updated_at']) }}

)

select
    user_id,
    email,
    account_id,
    created_at,
    updated_at,
    traits,
    is_internal,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
