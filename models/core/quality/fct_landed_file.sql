-- The balance of every file: each record read is loaded, a duplicate, a late repeat, out of range or in quarantine. A later file
-- may turn an earlier record into a duplicate, so every file is added up anew: from counts by day where a raw table is replaced by
-- day, else from its records.

with ledger as (

    select
        vendor,
        object,
        file_path,
        file_version,
        file_bytes,
        records_read,
        records_quarantined
    from {{ source('ops', 'landing_file') }}
    where retracted_batch is null
        and vendor in ('{{ var("sources") | join("', '") }}')

),

counted as (

    select file_path, record_status, record_count from {{ ref('fct_file_day') }}
    {%- for vendor in var('sources') %}{% for object in var('raw_objects')[vendor] if 'raw_' ~ vendor ~ '__' ~ object not in day_logs() %}
    union all
    select file_path, record_status, count(*) as record_count from {{ ref('raw_' ~ vendor ~ '__' ~ object) }} group by file_path, record_status
    {%- endfor %}{% endfor %}

),

by_status as (

    select
        file_path,
        cast(sum(case when record_status = 'loaded' then record_count else 0 end) as {{ type_bigint() }}) as records_loaded,
        cast(sum(case when record_status = 'duplicate' then record_count else 0 end) as {{ type_bigint() }}) as records_duplicate,
        cast(sum(case when record_status = 'late_repeat' then record_count else 0 end) as {{ type_bigint() }}) as records_late_repeat,
        cast(sum(case when record_status = 'out_of_range' then record_count else 0 end) as {{ type_bigint() }}) as records_out_of_range
    from counted
    group by file_path

),

final as (

    select
        ledger.vendor,
        ledger.object,
        ledger.file_path,
        ledger.file_version,
        ledger.file_bytes,
        ledger.records_read,
        coalesce(by_status.records_loaded, 0) as records_loaded,
        coalesce(by_status.records_duplicate, 0) as records_duplicate,
        coalesce(by_status.records_late_repeat, 0) as records_late_repeat,
        coalesce(by_status.records_out_of_range, 0) as records_out_of_range,
        ledger.records_quarantined
    from ledger
    left join by_status on ledger.file_path = by_status.file_path

)

select
    vendor,
    object,
    file_path,
    file_version,
    file_bytes,
    records_read,
    records_loaded,
    records_duplicate,
    records_late_repeat,
    records_out_of_range,
    records_quarantined
from final
