{{ config(description='The Wilson interval is what a pocket calculator gives, does not leave 0 to 1, and is null without trials.') }}
-- 4 of 10: (0.4 + 0.192073 -/+ 1.959964 x sqrt(0.024 + 0.00960365)) / 1.384146 = 0.168180, 0.687327
-- 0 of 10: 0 to (0.192073 x 2) / 1.384146 = 0.277533; 10 of 10 is its mirror image

with worked as (

    select 4 as successes, 10 as trials, 0.168180 as low, 0.687327 as high
    union all
    select 0 as successes, 10 as trials, 0.0 as low, 0.277533 as high
    union all
    select 10 as successes, 10 as trials, 0.722467 as low, 1.0 as high
    union all
    select 0 as successes, 0 as trials, null as low, null as high

),

computed as (

    select
        worked.*,
        {{ wilson_bound('successes', 'trials', -1) }} as computed_low,
        {{ wilson_bound('successes', 'trials', 1) }} as computed_high
    from worked

)

select *
from computed
where abs(coalesce(computed_low, -1) - coalesce(low, -1)) > 0.000001
    or abs(coalesce(computed_high, -1) - coalesce(high, -1)) > 0.000001
    or computed_low < 0
    or computed_high > 1
