{# Scales: NPS 0 to 10, CSAT 1 to 5, CES 1 to 7, the older CES (ces5), stars and smileys 1 to 5, thumbs 0 or 1. A score off its scale
   belongs to no class and counts nowhere; nor does one of a kind whose scale nobody knows. #}
{% macro is_on_scale(kind, score) -%}
    case {{ kind }}
        when 'nps' then {{ score }} between 0 and 10
        when 'csat' then {{ score }} between 1 and 5
        when 'ces' then {{ score }} between 1 and 7
        when 'ces5' then {{ score }} between 1 and 5
        when 'stars' then {{ score }} between 1 and 5
        when 'smileys' then {{ score }} between 1 and 5
        when 'thumbs' then {{ score }} between 0 and 1
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
        when {{ kind }} = 'ces5' and {{ score }} between 1 and 5 then {{ score }} >= 4
    end
{%- endmacro %}

{# Net promoter score of counts, from -100 to 100; null without an answer. #}
{% macro nps(promoters, detractors, responses) -%}
    100 * {{ rate('(' ~ promoters ~ ' - ' ~ detractors ~ ')', responses) }}
{%- endmacro %}

{# Variance of one answer counted 1, 0 or -1, from the shares of promoters and detractors. #}
{% macro nps_variance(promoters, detractors) -%}
    ({{ promoters }} + {{ detractors }} - ({{ promoters }} - {{ detractors }}) * ({{ promoters }} - {{ detractors }}))
{%- endmacro %}

{# Adjusted Wald interval of a net promoter score at 95 %: three answers are added, 3/4 promoters, 3/2 passives, 3/4 detractors (Rocks,
   J. Stat. Theory Pract. 10, 2016). `side` is -1 for the lower, 1 for the upper bound. Few answers pull it towards 0, so it need not
   hold the score itself. #}
{% macro nps_bound(promoters, detractors, responses, side) -%}
    {%- set n = '(cast(' ~ responses ~ ' as ' ~ type_double() ~ ') + 3)' -%}
    {%- set p = '((' ~ promoters ~ ' + 0.75) / ' ~ n ~ ')' -%}
    {%- set d = '((' ~ detractors ~ ' + 0.75) / ' ~ n ~ ')' -%}
    case
        when {{ responses }} > 0
            then least(greatest(100 * ({{ p }} - {{ d }} + ({{ side }}) * 1.959963984540054 * sqrt({{ nps_variance(p, d) }} / {{ n }})), -100), 100)
    end
{%- endmacro %}
