{# The plan tier each account of `cte` (columns account_id and `day`) had at the end of that day, the highest of several; an account
   without a plan that day has no row. #}
{% macro plan_of_day(cte, day) -%}
    select
        account_id,
        {{ day }},
        plan_tier
    from (
        select
            asked.account_id,
            asked.{{ day }},
            period.plan_tier,
            row_number() over (
                partition by asked.account_id, asked.{{ day }}
                order by period.plan_tier_rank desc nulls last, period.plan_tier
            ) as rank_of_tier
        from (
            select
                account_id,
                {{ day }}
            from {{ cte }}
            where account_id is not null
            group by account_id, {{ day }}
        ) as asked
        inner join {{ ref('fct_subscription_period') }} as period
            on asked.account_id = period.account_id
            and period.state in ('trialing', 'active', 'past_due')
            and period.valid_from < {{ reporting_day_start(add_days('asked.' ~ day, 1)) }}
            and (period.valid_to is null or period.valid_to >= {{ reporting_day_start(add_days('asked.' ~ day, 1)) }})
    ) as ranked
    where rank_of_tier = 1
{%- endmacro %}
