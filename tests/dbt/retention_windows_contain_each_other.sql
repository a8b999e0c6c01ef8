-- Whoever is active on day N is active within days N to N + 90, so the wider window never holds fewer.

select
    on_day.unit,
    on_day.cohort_of,
    on_day.cohort_grain,
    on_day.cohort_start,
    on_day.from_day,
    on_day.retained as retained_on_day,
    wider.retained as retained_within
from {{ ref('retention_by_cohort') }} as on_day
left join {{ ref('retention_by_cohort') }} as wider
    on on_day.unit = wider.unit
    and on_day.cohort_of = wider.cohort_of
    and on_day.cohort_grain = wider.cohort_grain
    and on_day.cohort_start = wider.cohort_start
    and on_day.from_day = wider.from_day
    and wider.measure = 'unbounded'
where on_day.measure = 'bounded'
    and (wider.retained is null or wider.retained < on_day.retained or wider.members <> on_day.members)
