-- What a rebuild could change: days of a raw table that hold other records than landing does. Landing lost a file (its database was
-- made anew after the export was gone), or raw lost records that landing has.

with stored as (

    select
        model_name,
        file_path,
        event_date,
        sum(record_count) as records
    from {{ ref('fct_file_day') }}
    group by model_name, file_path, event_date

),

stored_file as (

    select
        model_name,
        file_path,
        sum(records) as records
    from stored
    group by model_name, file_path

),

ledger as (

    select
        file_path,
        'raw_' || vendor || '__' || object as model_name,
        records_landed
    from {{ source('ops', 'landing_file') }}
    where retracted_batch is null
        and 'raw_' || vendor || '__' || object in ('{{ day_logs() | join("', '") }}')

),

unequal as (

    select
        coalesce(stored_file.model_name, ledger.model_name) as model_name,
        coalesce(stored_file.file_path, ledger.file_path) as file_path,
        case
            when ledger.file_path is null then 'landing no longer has the file'
            when stored_file.file_path is null then 'raw holds none of its records'
            else 'raw holds another number of its records'
        end as reason
    from stored_file
    full join ledger on stored_file.file_path = ledger.file_path and stored_file.model_name = ledger.model_name
    where coalesce(stored_file.records, 0) <> coalesce(ledger.records_landed, 0)

),

final as (

    select
        unequal.model_name,
        unequal.file_path,
        stored.event_date,
        unequal.reason,
        cast(coalesce(stored.records, 0) as {{ type_bigint() }}) as record_count
    from unequal
    left join stored on unequal.file_path = stored.file_path and unequal.model_name = stored.model_name

)

select
    model_name,
    file_path,
    event_date,
    reason,
    record_count
from final
