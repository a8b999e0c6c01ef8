{# Which days are read of a table that keeps its rows by day, as a condition. Who reads one of the largest has to say it, whatever it wants
   of them: BigQuery refuses a query of those that does not speak of the day (day_required), and nothing is gained by asking which they
   are, so all speak of it. DuckDB knows from its statistics that a column has no nulls, and then asks no row and reads no column more.

   `days` is a macro that names the days where they are replaced; where all is made anew it is not asked. #}
{% macro on_days(column, days) %}
    {{ return(in_days(column, days()) if is_incremental() else on_any_day(column)) }}
{% endmacro %}

{# The same of a table that is read four weeks at a time; `periods` names their first days (macros/metrics/days_as_bits.sql). #}
{% macro on_days_of_periods(column, periods) %}
    {{ return(in_days(column, days_around(periods(), 0, period_length() - 1)) if is_incremental() else on_any_day(column)) }}
{% endmacro %}

{# Every row has a day: one without would be missing from the balance of its file (fct_landed_file). A unit test gives rows without. #}
{% macro on_any_day(column) %}{{ return('true' if model.resource_type == 'unit_test' else column ~ ' is not null') }}{% endmacro %}
