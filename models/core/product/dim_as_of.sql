-- `--as-of` (old data, demos, recordings) wins; otherwise the least complete day over the sources that are not stalled.

with setting as (

    select min({{ dbt.safe_cast('value', type_date()) }}) as as_of
    from {{ source('ops', 'setting') }}
    where name = 'as_of'

),

sources as (

    select min(data_complete_to) as as_of
    from {{ ref('dim_source_as_of') }}
    where not is_stalled

),

final as (

    select
        coalesce(setting.as_of, sources.as_of) as as_of,
        setting.as_of is not null as is_set_by_hand
    from setting
    cross join sources

)

select
    as_of,
    is_set_by_hand
from final
