{# What a raw model says of its export. Vendor and object are read off the model's own name, raw_<vendor>__<object>, and the
   columns off the contract, which is the dbt source of that name. #}

{% macro export_of(model_name) %}{{ return(model_name[4:].split('__')) }}{% endmacro %}

{% macro contract_of(model_name) %}
    {%- set parts = export_of(model_name) -%}
    {%- set id = 'source.' ~ project_name ~ '.' ~ parts[0] ~ '.' ~ parts[1] -%}
    {%- if id not in graph.sources -%}
        {{ exceptions.raise_compiler_error(model_name ~ ' has no contract: add table ' ~ parts[1] ~ ' to models/raw/' ~ parts[0] ~ '/' ~ parts[0] ~ '__sources.yml') }}
    {%- endif -%}
    {{ return(graph.sources[id]) }}
{% endmacro %}

{# The model being built; in a unit test the one under test, since `model` is the test there. #}
{% macro this_model_name() %}{{ return(model.get('tested_node_unique_id', model.unique_id).split('.')[-1]) }}{% endmacro %}

{# The live records of an export object. #}
{% macro landing(vendor, object) -%}
    (select * from {{ source(vendor, object) }} where retracted_batch is null{{ loaded_since_release(vendor, object) }}) as landed
{%- endmacro %}

{# An incremental model takes the records of new and changed files alone, so of a landing table that is partitioned by load day it
   needs the days on which those were loaded. Literals, since nothing else prunes. Whoever reads all of it has to say so, since the
   table requires a filter on its partitions. Empty where tables have none. #}
{% macro loaded_since_release(vendor, object) %}{{ return(adapter.dispatch('loaded_since_release', 'signalhouse')(vendor, object)) }}{% endmacro %}
{% macro default__loaded_since_release(vendor, object) %}{{ return('') }}{% endmacro %}
{% macro bigquery__loaded_since_release(vendor, object) %}
    {%- if model.resource_type == 'unit_test' -%}{{ return('') }}{%- endif -%}
    {%- if not is_incremental() -%}{{ return(" and loaded_at is not null") }}{%- endif -%}
    {%- set days = days_from(
        'select distinct date(landed_at) as load_day from ' ~ source('ops', 'landing_file')
        ~ " where vendor = '" ~ vendor ~ "' and object = '" ~ object ~ "' and retracted_batch is null and batch_id > " ~ published_batch()) -%}
    {%- set first, last = (days[0], shifted_day(days[-1], 1)) if days else ('0001-01-01', '0001-01-02') -%}
    {{ return(" and loaded_at >= timestamp '" ~ first ~ "' and loaded_at < timestamp '" ~ last ~ "'") }}
{% endmacro %}

{% macro landing_columns() %}file_path, line, batch_id, loaded_at{% endmacro %}

{# A typed field of the record: `signalhouse land` has typed it, for either engine. Read by name, so that a field that the contract
   does not have is found while compiling. A unit test gives its own records: dbt shows it no contract. #}
{% macro field(name) %}
    {%- if not execute -%}{{ return(name) }}{%- endif -%}
    {%- if name == 'payload' -%}{{ return('payload') }}{%- endif -%}
    {%- if model.resource_type == 'unit_test' -%}{{ return(adapter.quote(name)) }}{%- endif -%}
    {%- if name not in contract_of(model.name).columns -%}
        {{ exceptions.raise_compiler_error(model.name ~ ' reads field ' ~ name ~ ', which its contract does not have') }}
    {%- endif -%}
    {{ return(adapter.quote(name) if name in ['time', 'date', 'end', 'start', 'group', 'order', 'current', 'interval', 'rollback'] else name) }}
{% endmacro %}

{# Every version of a record that is corrected after the fact is kept; which is current follows from the record and its path,
   never from when it was loaded. A `duplicate` says nothing new: same key, same content as an earlier record. #}
{% macro with_versions(cte, key, version=[]) -%}
    select
        {{ cte }}.*,
        case
            when row_number() over (
                partition by {{ key | join(', ') }}, {{ as_text('payload') }}
                order by file_path, line
            ) = 1 then 'loaded'
            else 'duplicate'
        end as record_status,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by {% for column in version %}{{ column }} desc nulls last, {% endfor %}file_path desc, line desc
        ) = 1 as is_current
    from {{ cte }}
{%- endmacro %}

{# A snapshot replaces everything before it: what is current is what the newest file holds, and what it leaves out is gone. #}
{% macro with_snapshots(cte, key) -%}
    select
        {{ cte }}.*,
        case
            when row_number() over (
                partition by {{ key | join(', ') }}, {{ as_text('payload') }}
                order by file_path, line
            ) = 1 then 'loaded'
            else 'duplicate'
        end as record_status,
        (
            file_path = max(file_path) over ()
            and row_number() over (
                partition by {{ key | join(', ') }}
                order by file_path desc, line desc
            ) = 1
        ) as is_current
    from {{ cte }}
{%- endmacro %}

{% macro as_text(json) %}{{ return(adapter.dispatch('as_text', 'signalhouse')(json)) }}{% endmacro %}
{% macro default__as_text(json) %}cast({{ json }} as varchar){% endmacro %}
{# to_json_string(null) is the text 'null', which a JSON null is as well. #}
{% macro bigquery__as_text(json) %}case when {{ json }} is not null then to_json_string({{ json }}) end{% endmacro %}
