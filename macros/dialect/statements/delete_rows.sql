{# BigQuery deletes by a MERGE too, at the same price, as its strategies do here: the emulator that executes our statements knows no DELETE. #}
{% macro delete_rows(relation, condition) %}{{ return(adapter.dispatch('delete_rows', 'signalhouse')(relation, condition)) }}{% endmacro %}
{% macro default__delete_rows(relation, condition) %}delete from {{ relation }} where {{ condition }}{% endmacro %}
{% macro bigquery__delete_rows(relation, condition) -%}
    merge into {{ relation }} as standing
    using (select 1 as nothing) as nothing
    on false
    when not matched by source and {{ condition }} then delete
{%- endmacro %}
