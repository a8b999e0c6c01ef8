-- Whoever is active on day N is active within days N to N + 90, so the wider window never holds fewer.

with windows as (

    select
        unit,
        cohort_of,
        cohort_grain,
        cohort_start,
        from_day,
        max(case when measure = 'bounded' then retained end) as retained_on_day,
        max(case when measure = 'unbounded' then retained end) as retained_within,
        count(distinct members) as different_members
    from {{ ref('retention_by_cohort') }}
    where measure in ('bounded', 'unbounded')
    group by unit, cohort_of, cohort_grain, cohort_start, from_day

)

select
    unit,
    cohort_of,
    cohort_grain,
    cohort_start,
    from_day,
    retained_on_day,
    retained_within
from windows
where retained_on_day is not null
    and (retained_within is null or retained_within < retained_on_day or different_members > 1)
