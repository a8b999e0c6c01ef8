{# The ISO weeks of each feature since it is there, each up to its last day or as_of. #}
{% macro weeks_of_features() -%}
    select
        week.feature,
        week.week_start,
        week.available_from,
        least({{ add_days('week.week_start', 6) }}, week.as_of) as counted_to
    from (
        select
            feature.feature,
            feature.available_from,
            as_of.as_of,
            {{ add_days(week_start('feature.available_from'), '7 * week_number') }} as week_start
        from {{ ref('dim_feature') }} as feature
        inner join {{ ref('dim_as_of') }} as as_of on feature.available_from <= as_of.as_of
        {{ cross_join_counter(whole_quotient(days_between(week_start('feature.available_from'), 'as_of.as_of'), 7), 'week_number') }}
    ) as week
{%- endmacro %}
