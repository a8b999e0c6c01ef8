{# Whoever is active on day N is active within days N to N + 90, so the wider window never holds fewer, of the same members. #}
{% test wider_windows_hold_more(model, cohort) %}
with windows as (

    select
        {{ cohort | join(', ') }},
        from_day,
        max(case when measure = 'bounded' then retained end) as retained_on_day,
        max(case when measure = 'unbounded' then retained end) as retained_within,
        count(distinct members) as different_members
    from {{ model }}
    where measure in ('bounded', 'unbounded')
    group by {{ cohort | join(', ') }}, from_day

)

select
    {{ cohort | join(', ') }},
    from_day,
    retained_on_day,
    retained_within
from windows
where retained_on_day is not null
    and (retained_within is null or retained_within < retained_on_day or different_members > 1)
{% endtest %}
