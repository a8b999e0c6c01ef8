-- A query that stops at its limit says nothing of the rows it left out; a file that holds exactly that many is one of those.

with files as (

    select
        vendor,
        object,
        file_path,
        records_read
    from {{ source('ops', 'landing_file') }}
    where retracted_batch is null
        and vendor in ('{{ var("sources") | join("', '") }}')

),

limits as (

    {% for vendor, rows in var('page_limits').items() -%}
    select '{{ vendor }}' as vendor, {{ rows }} as page_limit
    {% if not loop.last %}union all
    {% endif %}{% else %}select cast(null as {{ type_string() }}) as vendor, 0 as page_limit
    {% endfor %}

),

final as (

    select
        files.vendor,
        files.object,
        files.file_path,
        files.records_read,
        limits.page_limit
    from files
    inner join limits on files.vendor = limits.vendor
    where files.records_read > 0
        and files.records_read = limits.page_limit

)

select
    vendor,
    object,
    file_path,
    records_read,
    cast(page_limit as {{ type_bigint() }}) as page_limit
from final
