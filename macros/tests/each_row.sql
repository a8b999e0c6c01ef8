{# One scan for all that must be true of a single row: `has` lists columns that are never null, `holds` conditions that are never
   false (a condition that is null, for want of a value, passes). Returns the broken rows with the first rule they break. #}
{% test each_row(model, has=[], holds=[]) %}
{%- set rules = [] -%}
{%- for column in has -%}{%- do rules.append([column ~ ' is not null', column ~ ' is missing']) -%}{%- endfor -%}
{%- for condition in holds -%}{%- do rules.append([condition, condition]) -%}{%- endfor -%}
with judged as (

    select
        rows_of_model.*,
        case
            {%- for rule in rules %}
            when not ({{ rule[0] }}) then '{{ rule[1] | replace("\n", " ") | replace("'", "") }}'
            {%- endfor %}
        end as broken_rule
    from {{ model }} as rows_of_model

)

select *
from judged
where broken_rule is not null
{% endtest %}
