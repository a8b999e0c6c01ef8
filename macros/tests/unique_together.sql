{# No two rows agree in all of these columns. Nulls agree with each other. With `of_new` a refresh asks what stands on a touched day alone,
   wherever its like may be: no two others can have come to agree. The columns have no nulls then. At 38 million events 3.4 CPU s before. #}
{% test unique_together(model, columns, of_new=false) %}
{%- set listed = columns | join(', ') %}
{%- set days = tested_days() if of_new else none %}
{%- if days is not none %}
with asked as (

    select {{ listed }}
    from {{ model }}
    where {{ in_days(day_of_tested(), days) }}
    group by {{ listed }}

)
{% endif %}
select
    {{ listed }},
    count(*) as row_count
from {{ model }}
{%- if days is not none %}
inner join asked using ({{ listed }})
{%- endif %}
group by {{ listed }}
having count(*) > 1
{% endtest %}
