{# A table that everything is joined to without a key: none empties all marts, two double them. #}
{% test exactly_one_row(model) %}
select count(*) as row_count
from {{ model }}
having count(*) <> 1
{% endtest %}
