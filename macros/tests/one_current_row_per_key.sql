{# Of the versions of a record exactly one counts: none means that it was lost, two that it counts twice. #}
{% test one_current_row_per_key(model, key) %}
select
    {{ key | join(', ') }},
    {{ count_where('is_current') }} as current_rows
from {{ model }}
group by {{ key | join(', ') }}
having {{ count_where('is_current') }} <> 1
{% endtest %}
