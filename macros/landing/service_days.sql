{# What the hours of services follow from, for the sources that are on. #}
{% macro service_logs() %}
    {%- set logs = [] -%}
    {%- for vendor in var('mappings')['service_hour'] if vendor in var('sources') -%}
        {%- do logs.extend(var('service_logs')[vendor]) -%}
    {%- endfor -%}
    {{ return(logs) }}
{% endmacro %}

{# Days of fct_service_hour that may change: those that a record speaks of which came, changed or went since the last published
   release. Nothing else can: an hour follows from the records that speak of it. #}
{% macro service_days() %}{{ return(touched_days(service_logs())) }}{% endmacro %}

{# For a mapping of service hours, as a condition: where fct_service_hour replaces days, the records that speak of one of these, whatever
   their own day is; else all. The log is asked once all tables are made that it speaks of, whichever of them this
   mapping reads. Literals, since nothing else prunes; which they are is a question of a few narrow columns, over as many days before
   as a record may span (meta.days_at_most), or over all where that has no bound. #}
{% macro speaking_of_service_days(log) %}
    {%- if model.resource_type == 'unit_test' -%}{{ return('true') }}{%- endif -%}
    {%- for one in service_logs() -%}{%- do ref(one) -%}{%- endfor -%}
    {%- if not execute -%}{{ return('true') }}{%- endif -%}
    {%- set meta = graph.nodes['model.' ~ project_name ~ '.' ~ log].config.meta -%}
    {%- if not service_hours_stand() -%}{{ return(on_any_day(meta['day'])) }}{%- endif -%}
    {%- set first, last = meta['speaks_of'] -%}
    {%- set asked, near = [], [] -%}
    {%- for stretch in stretches(service_days()) -%}
        {%- do asked.append('(' ~ last ~ ' >= ' ~ date_literal(stretch[0]) ~ ' and ' ~ first ~ ' <= ' ~ date_literal(stretch[1]) ~ ')') -%}
        {%- if 'days_at_most' in meta -%}
            {%- do near.extend(days_from_to(shifted_day(stretch[0], 1 - meta['days_at_most']), shifted_day(stretch[1], 1))) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not asked -%}{{ return(in_days(meta['day'], [])) }}{%- endif -%}
    {{ return(in_days(meta['day'], days_from(
        'select distinct ' ~ meta['day'] ~ ' from ' ~ ref(log) ~ ' where (' ~ asked | join(' or ') ~ ')'
        ~ ' and ' ~ (in_days(meta['day'], near | unique | sort) if near else on_any_day(meta['day']))))) }}
{% endmacro %}

{# Days of which fct_service_hour changed. #}
{% macro service_hour_days() %}{{ return(touched_days(['fct_service_hour'])) }}{% endmacro %}

{# As is_incremental() says it of a model itself: fct_service_hour stands and is not to be built whole. #}
{% macro service_hours_stand() %}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.fct_service_hour'] -%}
    {%- set table = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
    {{ return(table is not none and table.type == 'table' and not flags.FULL_REFRESH) }}
{% endmacro %}

{% macro days_from_to(first, last) %}
    {%- set days = [] -%}
    {%- for nth in range((modules.datetime.date.fromisoformat(last) - modules.datetime.date.fromisoformat(first)).days + 1) -%}
        {%- do days.append(shifted_day(first, nth)) -%}
    {%- endfor -%}
    {{ return(days) }}
{% endmacro %}
