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
