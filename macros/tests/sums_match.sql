{# What is added up here is what there is over there: the sum of `of` in this table is that of `with_of` (1 = the number of rows) in
   the relation `with`, for each value of `by` or on the whole. Nothing may be lost or counted twice on the way. #}
{% test sums_match(model, of, with, with_of='1', with_where=none, by=[], where=none) %}
with here as (

    select {% for column in by %}{{ column }}, {% endfor %}sum({{ of }}) as total
    from {{ model }}
    {%- if where %}
    where {{ where }}
    {%- endif %}
    {%- if by %}
    group by {{ by | join(', ') }}
    {%- endif %}

),

there as (

    select {% for column in by %}{{ column }}, {% endfor %}sum({{ with_of }}) as total
    from {{ with }}
    {%- if with_where %}
    where {{ with_where }}
    {%- endif %}
    {%- if by %}
    group by {{ by | join(', ') }}
    {%- endif %}

)

select
    {% for column in by %}coalesce(here.{{ column }}, there.{{ column }}) as {{ column }},
    {% endfor %}here.total as total_here,
    there.total as total_there
from here
full outer join there
    on {% for column in by %}here.{{ column }} = there.{{ column }}{% if not loop.last %} and {% endif %}{% else %}true{% endfor %}
where coalesce(here.total, 0) <> coalesce(there.total, 0)
{% endtest %}
