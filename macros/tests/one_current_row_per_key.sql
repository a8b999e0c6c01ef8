{# Of the versions of a record exactly one counts: none means that it was lost, two that it counts twice. And a record has its key:
   all columns of it that are not `optional`. Both in one test, as each costs a run of dbt some 40 ms whatever it reads. #}
{% test one_current_row_per_key(model, key, optional=[]) %}
select
    {{ key | join(', ') }},
    {{ count_where('is_current') }} as current_rows
from {{ model }}
group by {{ key | join(', ') }}
having {{ count_where('is_current') }} <> 1
{%- for column in key if column not in optional %} or {{ column }} is null{% endfor %}
{% endtest %}
