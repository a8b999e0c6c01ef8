{# What is added up here is what there is over there: the sum of `of` in this table is that of `with_of` (1 = the number of rows) in
   the relation `with`, for each value of `by` or on the whole. Nothing may be lost or counted twice on the way. #}
{% test sums_match(model, of, with, with_of='1', with_where=none, by=[], where=none) %}
{%- set touched = on_touched_days(by) -%}
{%- set columns = by | join(', ') ~ (', ' if by else '') -%}
with both_sides as (

    select {{ columns }}{{ of }} as here, 0 as there
    from {{ model }}
    {%- if where %}
    where {{ where }}
    {%- endif %}
    union all
    select {{ columns }}0 as here, {{ with_of }} as there
    from {{ with }}
    {%- if with_where and touched %}
    where ({{ with_where }}) and {{ touched }}
    {%- elif with_where or touched %}
    where {{ with_where or touched }}
    {%- endif %}

),

totals as (

    select {{ columns }}sum(here) as total_here, sum(there) as total_there
    from both_sides
    {%- if by %}
    group by {{ by | join(', ') }}
    {%- endif %}

)

select {{ columns }}total_here, total_there
from totals
where total_here <> total_there
{% endtest %}
