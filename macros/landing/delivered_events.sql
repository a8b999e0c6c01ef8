{# What a mapping of events delivers. #}
{% macro event_columns() %}
    {{ return({
        'source': type_string(), 'source_event_id': type_string(), 'actor_id': type_string(), 'linked_actor_id': type_string(),
        'user_id': type_string(), 'account_id': type_string(), 'event_name': type_string(), 'occurred_at': type_timestamp(),
        'received_at': type_timestamp(), 'event_date': type_date(), 'platform': type_string(), 'device_type': type_string(),
        'country': type_string(), 'properties': type_json(),
    }) }}
{% endmacro %}

{# Events of all tools, with the source of record of each name that has one. An event is set aside when another tool speaks for its
   name; a tool that is off speaks for nothing, or its events would be lost. #}
{% macro delivered_events() -%}
    select
        {% for name in event_columns() %}event.{{ name }},
        {% endfor %}authority.source as authority,
        coalesce(authority.source <> event.source, false) as is_set_aside
    from (
        {{ mapped('event', event_columns()) }}
    ) as event
    left join (
        select
            event_name,
            source
        from {{ ref('event_authority') }}
        where source in ('{{ var("sources") | join("', '") }}')
    ) as authority
        on event.event_name = authority.event_name
{%- endmacro %}
