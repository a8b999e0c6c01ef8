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
