-- A feature is known by the seed `features`, by the tracking plan, or by both. Where nobody said when it was launched, its first use did.

with declared as (

    select
        feature,
        launched_on
    from {{ ref('features') }}

),

mapped_events as (

    select feature
    from {{ ref('tracking_plan') }}
    where feature is not null
    group by feature

),

known as (

    -- Named in both is one feature.
    select feature from declared
    union distinct
    select feature from mapped_events

),

uses as (

    select
        uses.feature,
        min(uses.event_date) as first_used_on,
        cast(sum(uses.use_count) as {{ type_bigint() }}) as use_count,
        cast(sum(case when uses.event_date < declared.launched_on then uses.use_count else 0 end) as {{ type_bigint() }}) as use_count_before_launch
    from {{ ref('fct_person_feature_day') }} as uses
    left join declared on uses.feature = declared.feature
    group by uses.feature

),

final as (

    select
        known.feature,
        declared.launched_on,
        uses.first_used_on,
        coalesce(declared.launched_on, uses.first_used_on) as available_from,
        coalesce(uses.use_count, 0) as use_count,
        coalesce(uses.use_count_before_launch, 0) as use_count_before_launch
    from known
    left join declared on known.feature = declared.feature
    left join uses on known.feature = uses.feature

)

select
    feature,
    launched_on,
    first_used_on,
    available_from,
    use_count,
    use_count_before_launch
from final
