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
    (select * from {{ source(vendor, object) }} where retracted_batch is null) as landed
{%- endmacro %}

{% macro landing_columns() %}file_path, line, batch_id, loaded_at{% endmacro %}

{# A typed field of the record. On DuckDB `signalhouse land` has typed it already; on BigQuery the landing table holds the record
   as JSON and the type is applied here. A unit test gives typed records on both: dbt shows it no contract. #}
{% macro field(name) %}
    {%- if not execute -%}{{ return(name) }}{%- endif -%}
    {%- if name == 'payload' -%}{{ return('payload') }}{%- endif -%}
    {%- if model.resource_type == 'unit_test' -%}{{ return(adapter.quote(name)) }}{%- endif -%}
    {%- set contract = contract_of(model.name) -%}
    {%- if name not in contract.columns -%}
        {{ exceptions.raise_compiler_error(model.name ~ ' reads field ' ~ name ~ ', which its contract does not have') }}
    {%- endif -%}
    {{ return(adapter.dispatch('typed_field', 'signalhouse')(contract.columns[name])) }}
{% endmacro %}

{% macro default__typed_field(column) %}{{ return(adapter.quote(column.name) if column.name in ['time', 'date', 'end', 'start', 'group', 'order', 'current'] else column.name) }}{% endmacro %}

{% macro bigquery__typed_field(column) %}
    {%- set meta = column.config.meta -%}
    {%- set found = [bigquery_field_at(meta.get('path', column.name), column.data_type)] -%}
    {%- if 'or_path' in meta -%}{%- do found.append(bigquery_field_at(meta['or_path'], column.data_type)) -%}{%- endif -%}
    {{ return(found[0] if found | length == 1 else 'coalesce(' ~ found | join(', ') ~ ')') }}
{% endmacro %}

{% macro bigquery_field_at(path, kind) %}
    {%- set keys = path.split('.') if path is string else path -%}
    {%- set at = "'$" ~ '."' ~ keys | join('"."') ~ '"' ~ "'" -%}
    {%- set part = 'json_query(payload, ' ~ at ~ ')' -%}
    {%- set text = 'json_value(payload, ' ~ at ~ ')' -%}
    {%- if kind == 'json' -%}
        {#- a csv carries JSON as text -#}
        {{ return('case json_type(' ~ part ~ ") when 'null' then null when 'string' then safe.parse_json(" ~ text ~ ') else ' ~ part ~ ' end') }}
    {%- elif kind == 'string' -%}
        {#- an object where a text was promised; to_json_string(null) would be the text 'null' -#}
        {{ return('coalesce(' ~ text ~ ", nullif(to_json_string(" ~ part ~ "), 'null'))") }}
    {%- elif kind == 'bigint' -%}
        {#- 12.0 is a whole number in JSON -#}
        {{ return('safe_cast(regexp_replace(' ~ text ~ ", r'[.]0+$', '') as int64)") }}
    {%- elif kind == 'double' -%}{{ return('safe_cast(' ~ text ~ ' as float64)') }}
    {%- elif kind == 'decimal' -%}{{ return('safe_cast(' ~ text ~ ' as numeric)') }}
    {%- else -%}{{ return('safe_cast(' ~ text ~ ' as ' ~ kind ~ ')') }}
    {%- endif -%}
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
