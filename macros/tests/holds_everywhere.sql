{# An identity or inequality that every row must satisfy; a condition that comes out null fails too. #}
{% test holds_everywhere(model, condition) %}
select *
from {{ model }}
where not coalesce({{ condition }}, false)
{% endtest %}
