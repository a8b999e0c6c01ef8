-- Rebuilt from person-days and account-days of features. What was used before the launch was a preview and adopts nobody.

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

    select min(event_date) as first_day
    from {{ ref('fct_person_day') }}

),

signed_up as (

    select
        unit,
        unit_id,
        signed_up_on
    from {{ ref('fct_activation') }}

),

use_day as (

    select 'person' as unit, person_id as unit_id, feature, event_date from {{ ref('fct_person_feature_day') }}
    union all
    select 'account' as unit, account_id as unit_id, feature, event_date from {{ ref('fct_account_feature_day') }}

),

since_launch as (

    select
        use_day.unit,
        use_day.unit_id,
        use_day.feature,
        feature.launched_on,
        use_day.event_date
    from use_day
    inner join feature on use_day.feature = feature.feature
    inner join as_of on use_day.event_date <= as_of.as_of
    where feature.launched_on is null or use_day.event_date >= feature.launched_on

),

adopter as (

    select
        unit,
        unit_id,
        feature,
        min(launched_on) as launched_on,
        min(event_date) as first_used_on,
        {{ second_least('event_date') }} as used_again_on,
        count(*) as days_used
    from since_launch
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
        with_start.used_again_on,
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
