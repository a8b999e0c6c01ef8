{# In these kinds of segment everybody is counted exactly once: their figures add up to the total's, for each value of `by`. A figure
   that does not exist yet is missing in the segments and in the total alike. #}
{% test segments_sum_to_total(model, kinds, of, by, kind='segment_type', total='all') %}
with totals as (

    select
        {{ by | join(', ') }},
        {%- for figure in of %}
        {{ figure }} as total_{{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ model }}
    where {{ kind }} = '{{ total }}'

),

segment_sums as (

    select
        {{ by | join(', ') }},
        {{ kind }},
        {%- for figure in of %}
        sum({{ figure }}) as sum_{{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ model }}
    where {{ kind }} in ('{{ kinds | join("', '") }}')
    group by {{ by | join(', ') }}, {{ kind }}

)

select
    segment_sums.*,
    {%- for figure in of %}
    totals.total_{{ figure }}{% if not loop.last %},{% endif %}
    {%- endfor %}
from segment_sums
left join totals on {% for column in by %}segment_sums.{{ column }} = totals.{{ column }}{% if not loop.last %} and {% endif %}{% endfor %}
where {% for figure in of %}coalesce(sum_{{ figure }}, -1) <> coalesce(total_{{ figure }}, -1){% if not loop.last %}
    or {% endif %}{% endfor %}
{% endtest %}
