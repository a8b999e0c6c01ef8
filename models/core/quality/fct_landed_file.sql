-- The balance of every file: each record read is loaded, a duplicate, a late repeat, out of range or in quarantine. A later file
-- may turn an earlier record into a duplicate, so this is counted anew at every refresh.

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

    {% for vendor in var('sources') %}{% set last_vendor = loop.last %}{% for object in var('raw_objects')[vendor] -%}
    select file_path, record_status, count(*) as records from {{ ref('raw_' ~ vendor ~ '__' ~ object) }} group by file_path, record_status
    {% if not (last_vendor and loop.last) %}union all
    {% endif %}{% endfor %}{% endfor %}

),

by_status as (

    select
        file_path,
        cast(sum(case when record_status = 'loaded' then records else 0 end) as {{ type_bigint() }}) as records_loaded,
        cast(sum(case when record_status = 'duplicate' then records else 0 end) as {{ type_bigint() }}) as records_duplicate,
        cast(sum(case when record_status = 'late_repeat' then records else 0 end) as {{ type_bigint() }}) as records_late_repeat,
        cast(sum(case when record_status = 'out_of_range' then records else 0 end) as {{ type_bigint() }}) as records_out_of_range
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
