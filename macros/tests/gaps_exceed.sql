{# Two sessions of one actor lie further apart than the timeout, and never overlap. #}
{% test gaps_exceed(model, seconds, of='actor_id', starts='started_at', ends='ended_at') %}
with neighbours as (

    select
        {{ of }},
        {{ starts }},
        lag({{ ends }}) over (partition by {{ of }} order by {{ starts }}, {{ ends }}) as previous_end
    from {{ model }}

)

select
    {{ of }},
    {{ starts }},
    previous_end
from neighbours
where {{ microseconds_between('previous_end', starts) }} <= cast({{ seconds }} as {{ type_bigint() }}) * 1000000
{% endtest %}
