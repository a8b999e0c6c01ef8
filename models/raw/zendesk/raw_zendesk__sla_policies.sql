with landed as (

    select
        {{ field('policy_id') }} as policy_id,
        {{ field('title') }} as title,
        {{ field('position') }} as position,
        {{ field('conditions') }} as conditions,
        {{ field('policy_metrics') }} as policy_metrics,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'sla_policies') }}

),

final as (

    {{ with_versions('landed', key=['policy_id'], version=['updated_at']) }}

)

select
    policy_id,
    title,
    position,
    conditions,
    policy_metrics,
    created_at,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
