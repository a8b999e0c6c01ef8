-- Two files may write one pair in different letters: the last row in order of the rate keeps it one.

with delivered as (

    {{ mapped('fx_rate', {'day': type_date(), 'from_currency': type_string(), 'to_currency': type_string(), 'rate': type_rate()}) }}

),

final as (

    select
        day,
        from_currency,
        to_currency,
        max(rate) as rate
    from delivered
    group by day, from_currency, to_currency

)

select
    day,
    from_currency,
    to_currency,
    rate
from final
