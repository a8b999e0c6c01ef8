{# What the raw logs loaded of each source and day is either counted (`counted`, one row per event) or set aside (this table). #}
{% test delivered_is_counted_or_set_aside(model, counted) %}
{%- set touched = on_touched_days(['event_date']) -%}
with both_sides as (

    {% for vendor in var('mappings')['event'] if vendor in var('sources') -%}
    select '{{ vendor }}' as source, event_date, 1 as delivered, 0 as accounted_for
    from {{ ref(var('event_logs')[vendor]) }}
    where record_status = 'loaded'{{ ' and ' ~ touched if touched }}
    union all
    {% endfor -%}
    select source, event_date, 0 as delivered, 1 as accounted_for
    from {{ counted }}{{ ' where ' ~ touched if touched }}
    union all
    select source, event_date, 0 as delivered, event_count as accounted_for
    from {{ model }}

)

select
    source,
    event_date,
    sum(delivered) as total_delivered,
    sum(accounted_for) as total_accounted_for
from both_sides
group by source, event_date
having sum(delivered) <> sum(accounted_for)
{% endtest %}
