{# Who has signed up by as_of, persons and accounts, and up to which day what they did afterwards counts. An account signs up with its first
   person. #}
{% macro sign_ups() -%}
    select
        units.unit,
        units.unit_id,
        units.signed_up_at,
        units.signed_up_on,
        criteria.window_days,
        least({{ add_days('units.signed_up_on', days_reached('criteria.window_days')) }}, as_of.as_of) as counted_to
    from (
        select
            'person' as unit,
            person_id as unit_id,
            signed_up_at,
            {{ reporting_day('signed_up_at') }} as signed_up_on
        from {{ ref('dim_person') }}
        where not is_excluded and signed_up_at is not null
        union all
        select
            'account' as unit,
            account_id as unit_id,
            min(signed_up_at) as signed_up_at,
            {{ reporting_day('min(signed_up_at)') }} as signed_up_on
        from {{ ref('dim_person') }}
        where not is_excluded and signed_up_at is not null and account_id is not null
        group by account_id
    ) as units
    inner join {{ ref('dim_as_of') }} as as_of on units.signed_up_on <= as_of.as_of
    cross join (select max(within_days) as window_days from {{ ref('activation_criteria') }}) as criteria
{%- endmacro %}

{# Days after a sign-up that its window may reach into. It is so many times 86,400 seconds, so where clocks go forward its last second may
   lie a day later than its days say. #}
{% macro days_reached(window_days) %}{{ window_days }} + 1{% endmacro %}
