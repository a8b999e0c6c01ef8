{# What closes one month opens the next: no amount appears or vanishes between two rows. Where the next month has no row, nothing
   was left. The newest month has no next. #}
{% test rolls_forward(model, by, month, opening, closing) %}
{%- set same = [] -%}
{%- for column in by -%}{%- do same.append('this_month.' ~ column ~ ' = next_month.' ~ column) -%}{%- endfor %}
with newest as (

    select max({{ month }}) as month
    from {{ model }}

)

select
    {% for column in by %}this_month.{{ column }}, {% endfor %}
    this_month.{{ month }},
    this_month.{{ closing }} as closing,
    next_month.{{ opening }} as next_opening
from {{ model }} as this_month
cross join newest
left join {{ model }} as next_month
    on {{ same | join(' and ') }} and next_month.{{ month }} = {{ add_months('this_month.' ~ month, 1) }}
where this_month.{{ month }} < newest.month
    and this_month.{{ closing }} <> coalesce(next_month.{{ opening }}, 0)
{% endtest %}

{# Parts add up to their total in every row that has them all. #}
{% test parts_sum_to(model, parts, total) %}
select *
from {{ model }}
where {{ parts | join(' + ') }} <> {{ total }}
{% endtest %}

{# Opening + movements = closing, row by row of the balance; and no movement without a balance. #}
{% test movements_sum(model, of, to, by, opening, closing) %}
{%- set same = [] -%}
{%- for column in by -%}{%- do same.append('balance.' ~ column ~ ' = moved.' ~ column) -%}{%- endfor %}
with moved as (

    select {{ by | join(', ') }}, sum({{ of }}) as amount
    from {{ model }}
    group by {{ by | join(', ') }}

),

balance as (

    select {{ by | join(', ') }}, {{ opening }} as opening, {{ closing }} as closing
    from {{ to }}

)

select moved.*, balance.opening, balance.closing
from balance
full outer join moved on {{ same | join(' and ') }}
where balance.opening + coalesce(moved.amount, 0) <> balance.closing
    or balance.{{ by[0] }} is null
{% endtest %}

{# Stretches of one key do not overlap. #}
{% test without_overlap(model, key, valid_from, valid_to) %}
select *
from (
    select
        {{ key | join(', ') }},
        {{ valid_from }},
        {{ valid_to }},
        lead({{ valid_from }}) over (partition by {{ key | join(', ') }} order by {{ valid_from }}) as next_from
    from {{ model }}
) as ordered
where next_from < coalesce({{ valid_to }}, {{ far_future() }})
{% endtest %}

{% test starts_before_it_ends(model, valid_from, valid_to) %}
select {{ valid_from }}, {{ valid_to }}
from {{ model }}
where {{ valid_to }} <= {{ valid_from }}
{% endtest %}

{% test tiers_sum_to_all(model, of) %}
select
    month,
    sum(case when plan_tier = 'all' then {{ of }} else 0 end) as in_all,
    sum(case when plan_tier = 'all' then 0 else {{ of }} end) as in_tiers
from {{ model }}
group by month
having sum(case when plan_tier = 'all' then {{ of }} else 0 end) <> sum(case when plan_tier = 'all' then 0 else {{ of }} end)
{% endtest %}
