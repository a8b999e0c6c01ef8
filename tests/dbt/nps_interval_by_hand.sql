{{ config(description='NPS, its variance and its adjusted interval are what a pocket calculator gives.') }}
-- Shares 1/2, 1/3, 1/6: score 1/3, variance 1/2 + 1/6 - 1/9 = 5/9. Shares p = d = 1/3: an interval of 320.06 / sqrt(n) points from end to end.
-- 3 promoters, 2 passives, 1 detractor, adjusted: p 3.75 / 9, d 1.75 / 9; 22.222 -/+ 195.9964 x sqrt((0.611111 - 0.049383) / 9) = -26.743, 71.188
-- 1 promoter alone, adjusted: p 1.75 / 4, d 0.75 / 4; 25 -/+ 195.9964 x sqrt((0.625 - 0.0625) / 4) = -48.499, 98.499
-- 300 promoters: the upper bound stops at 100

with worked as (

    select 3 as promoters, 1 as detractors, 6 as responses, 33.333333 as score, -26.743 as low, 71.188 as high
    union all
    select 1 as promoters, 0 as detractors, 1 as responses, 100.0 as score, -48.499 as low, 98.499 as high
    union all
    select 300 as promoters, 0 as detractors, 300 as responses, 100.0 as score, 97.642 as low, 100.0 as high
    union all
    select 0 as promoters, 0 as detractors, 0 as responses, null as score, null as low, null as high

),

computed as (

    select
        worked.*,
        {{ nps('promoters', 'detractors', 'responses') }} as computed_score,
        {{ nps_bound('promoters', 'detractors', 'responses', -1) }} as computed_low,
        {{ nps_bound('promoters', 'detractors', 'responses', 1) }} as computed_high
    from worked

),

published as (

    select
        {{ nps_variance('(1.0 / 2)', '(1.0 / 6)') }} as variance_of_thirds,
        2 * 1.959963984540054 * 100 * sqrt({{ nps_variance('(1.0 / 3)', '(1.0 / 3)') }}) as width

)

select 'counts' as what
from computed
where abs(coalesce(computed_score, -999) - coalesce(score, -999)) > 0.001
    or abs(coalesce(computed_low, -999) - coalesce(low, -999)) > 0.001
    or abs(coalesce(computed_high, -999) - coalesce(high, -999)) > 0.001
union all
select 'shares' as what
from published
where abs(variance_of_thirds - 5.0 / 9) > 0.000001 or abs(width - 320.06) > 0.01
