{# The slice of an append object that a refresh rewrites: every record of every day that a new, changed or vanished file touches.
   Exact, because a record's status follows from its key group alone and a touched key brings in the days of all its records:
   - rows of a file that is new or changed since the last published release are read again from landing,
   - all other rows of the touched days are kept as they stand.
   The whole history on a first build. `arrived` is the model's SQL up to `cte`, which holds what is in landing.
   `repeats`: 'same_time' = a repeat carries the time of its event, the last by `order_by` wins; 'shifted_time' = a repeat may carry
   another time, the first by `order_by` wins. A repeat that came more than `redelivery_days` after the record before it is a
   `late_repeat`: not counted either, but reported, since a vendor that sends such repeats has a fault of its own. #}

{% macro append_log(arrived, cte, columns, day, key, order_by, repeats, out_of_range) -%}
{{ arrived }},

    {%- set whole_history = not is_incremental() -%}
    {%- set before = 'lag(' ~ order_by[0] ~ ') over (partition by key_id, is_out_of_range order by ' ~ order_by | join(', ') ~ ', file_path, line)' -%}
with_key as (

    select
        {{ cte }}.*,
        {{ out_of_range }} as is_out_of_range,
        {{ stable_id(key) }} as key_id
    from {{ cte }}

),

{% if whole_history -%}
candidates as (

    select {{ columns | join(', ') }}, is_out_of_range, key_id, true as is_key_touched, cast(null as {{ type_string() }}) as previous_status
    from with_key

),
{%- else -%}
changed_file as (

    {{ changed_files() }}

),

arrived as (

    select with_key.*
    from with_key
    inner join changed_file on with_key.file_path = changed_file.file_path

),

previous as (

    select
        {{ columns | join(', ') }},
        record_status,
        {{ stable_id(key) }} as key_id,
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

candidates as (

    select
        {% for column in columns %}kept.{{ column }}, {% endfor %}
        kept.is_out_of_range,
        kept.key_id,
        touched_key.key_id is not null as is_key_touched,
        kept.record_status as previous_status
    from kept
    left join touched_key on kept.key_id = touched_key.key_id
    union all
    select {{ columns | join(', ') }}, is_out_of_range, key_id, true as is_key_touched, cast(null as {{ type_string() }}) as previous_status
    from arrived

),
{%- endif %}

judged as (

    select
        {{ columns | join(', ') }},
        case
            when is_out_of_range then 'out_of_range'
            when not is_key_touched then previous_status
            {%- if repeats == 'same_time' %}
            when row_number() over (
                partition by key_id, is_out_of_range
                order by {% for column in order_by %}{{ column }} desc, {% endfor %}file_path desc, line desc
            ) > 1 then 'duplicate'
            {%- else %}
            when {{ microseconds_between(before, order_by[0]) }} <= {{ var('redelivery_days') }} * 86400000000 then 'duplicate'
            when {{ before }} is not null then 'late_repeat'
            {%- endif %}
            else 'loaded'
        end as record_status
    from candidates

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
