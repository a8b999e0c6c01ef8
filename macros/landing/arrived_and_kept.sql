{# The slice of an append object that a refresh rewrites: every record of every day that a new, changed or vanished file touches.
   Exact, because a record's status follows from its key group alone and a touched key brings in the days of all its records:
   - rows of a file that is new or changed since the last published release are read again from landing,
   - all other rows of the touched days are kept as they stand.
   The whole history on a first build. `arrived` is the model's SQL up to `cte`, which holds what is in landing, with the columns
   occurred_at and received_at; its CTEs are to be read anew by each reader: kept in memory, they would be all that a source ever sent
   (a million events: 7.1 CPU s, 5.1 as a stream).
   `repeats`: 'same_time' = a repeat carries the time of its event, the last by `order_by` wins; 'shifted_time' = a repeat may carry
   another time, the first by `order_by` wins. A repeat that came more than `redelivery_days` after the record before it is a
   `late_repeat`: not counted either, but reported, since a vendor that sends such repeats has a fault of its own. #}

{% macro append_log(arrived, cte, columns, day, key, order_by, repeats) -%}
{{ arrived }},

    {%- set whole_history = not is_incremental() -%}
    {%- set partition = key | join(', ') ~ ', is_out_of_range' -%}
    {%- set before = 'lag(' ~ order_by[0] ~ ') over (partition by ' ~ partition ~ ' order by ' ~ order_by | join(', ') ~ ', file_path, line)' -%}
    {#- a key of one column is never null, and need not be hashed to be compared -#}
    {%- set key_id = key[0] if key | length == 1 else stable_id(key) -%}
with_status_of_its_own as {{ each_time() }} (

    select
        {{ cte }}.*,
        {{ is_out_of_range('occurred_at', 'received_at') }} as is_out_of_range
    from {{ cte }}

),

{% if whole_history -%}
candidates as {{ each_time() }} (

    select {{ columns | join(', ') }}, is_out_of_range, true as is_key_touched, cast(null as {{ type_string() }}) as previous_status
    from with_status_of_its_own

),
{%- else -%}
changed_file as (

    {{ changed_files() }}

),

arrived as (

    select
        with_status_of_its_own.*,
        {{ key_id }} as key_id
    from with_status_of_its_own
    inner join changed_file on with_status_of_its_own.file_path = changed_file.file_path

),

previous as {{ each_time() }} (

    select
        {{ columns | join(', ') }},
        record_status,
        {{ key_id }} as key_id,
        record_status = 'out_of_range' as is_out_of_range
    from {{ this }}
    {{ within_standing_days(arrived, cte, day, key, repeats) }}

),

withdrawn as (

    select previous.{{ day }}, previous.key_id
    from previous
    inner join changed_file on previous.file_path = changed_file.file_path

),

touched_key as (

    -- A key may be both withdrawn and delivered again.
    select key_id from arrived
    union distinct
    select key_id from withdrawn

),

touched as (

    select {{ day }} from arrived
    union distinct
    select {{ day }} from withdrawn
    {%- if repeats == 'shifted_time' %}
    union distinct
    select previous.{{ day }}
    from previous
    inner join touched_key on previous.key_id = touched_key.key_id
    {%- endif %}

),

kept as (

    select previous.*
    from previous
    inner join touched on previous.{{ day }} = touched.{{ day }}
    left join changed_file on previous.file_path = changed_file.file_path
    where changed_file.file_path is null

),

candidates as {{ once() }} (

    select
        {% for column in columns %}kept.{{ column }}, {% endfor %}
        kept.is_out_of_range,
        touched_key.key_id is not null as is_key_touched,
        kept.record_status as previous_status
    from kept
    left join touched_key on kept.key_id = touched_key.key_id
    union all
    select {{ columns | join(', ') }}, is_out_of_range, true as is_key_touched, cast(null as {{ type_string() }}) as previous_status
    from arrived

),
{%- endif %}

repeated as (

    -- Every key that stands more than once, and a few by chance. One record in a hundred is a repeat, so only these are put in order:
    -- a window over all of them drags every column through a sort.
    select {{ cheap_hash(key) }} as key_hash
    from candidates
    group by {{ cheap_hash(key) }}
    having count(*) > 1

),

in_order as (

    select
        file_path,
        line,
        {%- if repeats == 'same_time' %}
        case
            when row_number() over (
                partition by {{ partition }}
                order by {% for column in order_by %}{{ column }} desc, {% endfor %}file_path desc, line desc
            ) > 1 then 'duplicate'
            else 'loaded'
        end as record_status
        {%- else %}
        case
            when {{ microseconds_between(before, order_by[0]) }} <= {{ var('redelivery_days') }} * 86400000000 then 'duplicate'
            when {{ before }} is not null then 'late_repeat'
            else 'loaded'
        end as record_status
        {%- endif %}
    from candidates
    where {{ cheap_hash(key) }} in (select key_hash from repeated)

),

judged as (

    select
        {% for column in columns %}candidates.{{ column }}, {% endfor %}
        case
            when candidates.is_out_of_range then 'out_of_range'
            when not candidates.is_key_touched then candidates.previous_status
            else coalesce(in_order.record_status, 'loaded')
        end as record_status
    from candidates
    left join in_order on candidates.file_path = in_order.file_path and candidates.line = in_order.line

)
{%- endmacro %}

{# Files of this object that are new, changed or withdrawn since the last published release. #}
{% macro changed_files() -%}
    {%- set export = export_of(this_model_name()) -%}
    {#- one path may have been replaced several times -#}
    select distinct file_path
    from {{ source('ops', 'landing_file') }}
    where vendor = '{{ export[0] }}' and object = '{{ export[1] }}'
        and (batch_id > {{ published_batch() }} or retracted_batch > {{ published_batch() }})
{%- endmacro %}
