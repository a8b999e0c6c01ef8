{# The value of `what` in the row where `by` is greatest; ties must be excluded by the caller's choice of `by`. #}
{% macro value_at_max(what, by) %}{{ return(adapter.dispatch('value_at_max', 'signalhouse')(what, by)) }}{% endmacro %}
{% macro default__value_at_max(what, by) %}arg_max_null({{ what }}, {{ by }}){% endmacro %}
{% macro bigquery__value_at_max(what, by) %}any_value({{ what }} having max {{ by }}){% endmacro %}

{% macro value_at_min(what, by) %}{{ return(adapter.dispatch('value_at_min', 'signalhouse')(what, by)) }}{% endmacro %}
{% macro default__value_at_min(what, by) %}arg_min_null({{ what }}, {{ by }}){% endmacro %}
{% macro bigquery__value_at_min(what, by) %}any_value({{ what }} having min {{ by }}){% endmacro %}

{% macro count_where(condition) %}count(case when {{ condition }} then 1 end){% endmacro %}

{# Exact quantile with linear interpolation, as a window on both engines because BigQuery has no aggregate form. #}
{% macro quantile_over(value, q, partition) %}{{ return(adapter.dispatch('quantile_over', 'signalhouse')(value, q, partition)) }}{% endmacro %}
{% macro default__quantile_over(value, q, partition) %}quantile_cont({{ value }}, {{ q }}) over (partition by {{ partition }}){% endmacro %}
{% macro bigquery__quantile_over(value, q, partition) %}percentile_cont({{ value }}, {{ q }}) over (partition by {{ partition }}){% endmacro %}

{% macro any_true(condition) %}{{ return(adapter.dispatch('any_true', 'signalhouse')(condition)) }}{% endmacro %}
{% macro default__any_true(condition) %}bool_or({{ condition }}){% endmacro %}
{% macro bigquery__any_true(condition) %}logical_or({{ condition }}){% endmacro %}

{# The least value but one; null where there are fewer than two. As an aggregate: a window would put all rows in order for it. #}
{% macro second_least(value) %}{{ return(adapter.dispatch('second_least', 'signalhouse')(value)) }}{% endmacro %}
{% macro default__second_least(value) %}min({{ value }}, 2)[2]{% endmacro %}
{% macro bigquery__second_least(value) %}array_agg({{ value }} ignore nulls order by {{ value }})[safe_ordinal(2)]{% endmacro %}
