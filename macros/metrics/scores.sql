{# Scales: NPS 0 to 10, CSAT 1 to 5, CES 1 to 7. A score off its scale belongs to no class and counts nowhere. #}
{% macro is_on_scale(kind, score) -%}
    case {{ kind }}
        when 'nps' then {{ score }} between 0 and 10
        when 'csat' then {{ score }} between 1 and 5
        when 'ces' then {{ score }} between 1 and 7
        else false
    end
{%- endmacro %}

{# Net promoter score: Reichheld, Harvard Business Review 81 (2003). #}
{% macro nps_class(score) -%}
    case
        when {{ score }} < 0 or {{ score }} > 10 then null
        when {{ score }} >= 9 then 'promoter'
        when {{ score }} >= 7 then 'passive'
        when {{ score }} >= 0 then 'detractor'
    end
{%- endmacro %}

{# The two best answers of a CSAT or CES scale. #}
{% macro is_top_two(kind, score) -%}
    case
        when {{ kind }} = 'csat' and {{ score }} between 1 and 5 then {{ score }} >= 4
        when {{ kind }} = 'ces' and {{ score }} between 1 and 7 then {{ score }} >= 6
    end
{%- endmacro %}
