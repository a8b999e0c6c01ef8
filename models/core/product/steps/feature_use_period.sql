{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('period_start'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'period_start', 'days': 'feature_use_periods', 'sorted': true},
) }}
-- Exact because a row follows from the days of use within its own four weeks and from nothing else: which of them lie after the launch, or
-- up to as_of, is asked of the bits by who reads them.
{%- set on_periods = on_days_of_periods('event_date', feature_use_periods) %}

with use_day as (

    select
        'person' as unit,
        person_id as unit_id,
        feature,
        event_date
    from {{ ref('fct_person_feature_day') }}
    where {{ on_periods }}
    union all
    select
        'account' as unit,
        account_id as unit_id,
        feature,
        event_date
    from {{ ref('fct_account_feature_day') }}
    where {{ on_periods }}

),

final as (

    select
        unit,
        unit_id,
        feature,
        {{ period_start('event_date') }} as period_start,
        {{ days_as_bits('event_date') }} as days_used
    from use_day
    group by unit, unit_id, feature, {{ period_start('event_date') }}

)

select
    unit,
    unit_id,
    feature,
    period_start,
    days_used
from final
