with landed as (

    select
        {{ field('slo_id') }} as slo_id,
        {{ field('name') }} as name,
        {{ field('slo_type') }} as slo_type,
        {{ field('thresholds') }} as thresholds,
        {{ field('tags') }} as tags,
        {{ from_epoch_s(field('created_at')) }} as created_at,
        {{ from_epoch_s(field('modified_at')) }} as modified_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('datadog', 'slo') }}

),

final as (

    {{ with_versions('landed', key=['slo_id'], version=['modified_at']) }}

)

select
    slo_id,
    name,
    slo_type,
    thresholds,
    tags,
    created_at,
    modified_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
