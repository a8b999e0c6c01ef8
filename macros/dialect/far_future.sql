{# Later than every moment that matters; for comparing with an end that has not come. #}
{% macro far_future() %}{{ return("cast('9999-01-01 00:00:00' as " ~ type_timestamp() ~ ")") }}{% endmacro %}
