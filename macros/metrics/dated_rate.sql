{# Units of the reporting currency for one of `currency` on `day`, for each pair of the two in `cte`: the last rate of the day or before
   it, up to `fx_max_age_days` old; null without one. #}
{% macro dated_rate(cte, currency, day) -%}
    select
        currency,
        day,
        case when currency = '{{ var("reporting_currency") }}' then cast(1 as {{ type_rate() }}) else rate end as rate
    from (
        select
            asked.currency,
            asked.day,
            fx_rate.rate,
            row_number() over (partition by asked.currency, asked.day order by fx_rate.day desc nulls last) as recency
        from (
            select
                {{ currency }} as currency,
                {{ day }} as day
            from {{ cte }}
            where {{ currency }} is not null
            group by {{ currency }}, {{ day }}
        ) as asked
        left join {{ ref('fx_rate') }} as fx_rate
            on asked.currency = fx_rate.from_currency
            and fx_rate.to_currency = '{{ var("reporting_currency") }}'
            and asked.day >= fx_rate.day
            and fx_rate.day >= {{ add_days('asked.day', -var('fx_max_age_days')) }}
    ) as ranked
    where recency = 1
{%- endmacro %}
