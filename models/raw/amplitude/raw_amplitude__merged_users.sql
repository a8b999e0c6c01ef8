with landed as (

    select
        {{ field('amplitude_id') }} as amplitude_id,
        {{ field('merged_amplitude_id') }} as merged_amplitude_id,
        {{ field('scope') }} as scope,
        {{ from_epoch_ms(field('merge_time')) }} as merged_at,
        {{ from_epoch_ms(field('merge_server_time')) }} as server_merged_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('amplitude', 'merged_users') }}

),

final as (

    {{ with_versions('landed', key=['amplitude_id'], version=['server_merged_at']) }}

)

select
    amplitude_id,
    merged_amplitude_id,
    scope,
    merged_at,
    server_merged_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
