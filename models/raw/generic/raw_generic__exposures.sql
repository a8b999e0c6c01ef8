with landed as (

    select
        {{ field('experiment') }} as experiment,
        {{ field('variant') }} as variant,
        {{ field('exposed_at') }} as exposed_at,
        {{ field('user_id') }} as user_id,
        {{ field('anonymous_id') }} as anonymous_id,
        {{ field('account_id') }} as account_id,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'exposures') }}

),

final as (

    {{ with_versions('landed', key=['experiment', 'user_id', 'anonymous_id', 'account_id', 'exposed_at', 'variant']) }}

)

select
    experiment,
    variant,
    exposed_at,
    user_id,
    anonymous_id,
    account_id,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
