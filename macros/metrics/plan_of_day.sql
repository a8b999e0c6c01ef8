{# The plan tier each account of `cte` (columns account_id and `day`) had at the end of that day, the highest of several; an account
   without a plan that day has no row. #}
{% macro plan_of_day(cte, day) -%}
    select
        asked.account_id,
        asked.{{ day }},
        {{ value_at_min('period.plan_tier', 'period.nth') }} as plan_tier
    from {{ cte }} as asked
    inner join (
        select
            account_id,
            plan_tier,
            valid_from,
            valid_to,
            row_number() over (order by plan_tier_rank desc nulls last, plan_tier) as nth
        from {{ ref('fct_subscription_period') }}
        where state in ('trialing', 'active', 'past_due')
    ) as period
        on asked.account_id = period.account_id
        and period.valid_from < {{ reporting_day_start(add_days('asked.' ~ day, 1)) }}
        and (period.valid_to is null or period.valid_to >= {{ reporting_day_start(add_days('asked.' ~ day, 1)) }})
    group by asked.account_id, asked.{{ day }}
{%- endmacro %}
