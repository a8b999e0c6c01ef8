-- Made anew from four weeks at a time, a quarter of the days. What was used before the launch was a preview and adopts nobody.

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

feature as (

    select
        feature,
        launched_on
    from {{ ref('dim_feature') }}

),

history as (

    select {{ reporting_day('min(first_event_at)') }} as first_day
    from {{ ref('fct_actor_span') }}

),

signed_up as (

    select
        unit,
        unit_id,
        signed_up_on
    from {{ ref('fct_activation') }}

),

since_launch as (

    select
        use_period.unit,
        use_period.unit_id,
        use_period.feature,
        feature.launched_on,
        use_period.period_start,
        {{ bits_between('use_period.days_used', 'use_period.period_start', 'feature.launched_on', 'as_of.as_of') }} as days_used
    from {{ ref('feature_use_period') }} as use_period
    inner join feature on use_period.feature = feature.feature
    inner join as_of on use_period.period_start <= as_of.as_of

),

adopted as (

    select
        unit,
        unit_id,
        feature,
        launched_on,
        {{ count_of_bits('days_used') }} as days_used,
        {{ first_of_bits('days_used', 'period_start') }} as first_used_on,
        case
            when {{ bits_after_first('days_used') }} <> 0 then {{ first_of_bits(bits_after_first('days_used'), 'period_start') }}
        end as used_again_on
    from since_launch
    where days_used <> 0

),

adopter as (

    -- The second day of all is the second of the first four weeks that have one, or the first of the next.
    select
        unit,
        unit_id,
        feature,
        min(launched_on) as launched_on,
        min(first_used_on) as first_used_on,
        min(used_again_on) as used_again_on,
        {{ second_least('first_used_on') }} as used_next_on,
        cast(sum(days_used) as {{ type_bigint() }}) as days_used
    from adopted
    group by unit, unit_id, feature

),

with_start as (

    -- From when on the feature could be used: since sign-up, or since the launch where that came later.
    select
        adopter.*,
        case
            when adopter.launched_on > signed_up.signed_up_on then adopter.launched_on
            else signed_up.signed_up_on
        end as could_use_from
    from adopter
    left join signed_up on adopter.unit = signed_up.unit and adopter.unit_id = signed_up.unit_id

),

final as (

    select
        with_start.unit,
        with_start.unit_id,
        with_start.feature,
        with_start.first_used_on,
        least(
            coalesce(with_start.used_again_on, with_start.used_next_on),
            coalesce(with_start.used_next_on, with_start.used_again_on)
        ) as used_again_on,
        with_start.days_used,
        -- Whoever could use it before the first event that landed may have done so unseen.
        case
            when with_start.could_use_from >= history.first_day and with_start.first_used_on >= with_start.could_use_from
                then {{ days_between('with_start.could_use_from', 'with_start.first_used_on') }}
        end as days_to_first_use
    from with_start
    cross join history

)

select
    unit,
    unit_id,
    feature,
    first_used_on,
    used_again_on,
    days_used,
    days_to_first_use
from final
