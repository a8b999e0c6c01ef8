{{ config(materialized='table', enabled='stripe' in var('sources')) }}
-- Every state of a subscription we know, with its place in time: [span_from, span_to).
-- An event says when, to the second; what came before the first one is told by its previous_attributes. A listing does not: it holds on the
-- day that its file is named after, unless events of about that day know better, and the first to tell of a period stands at the period's
-- start. A listing of no known day is placed at the latest time it proves, and counts only beyond the last event. What was tried out in
-- Stripe's test mode is nobody's subscription. A table, since four models ask: as a part of each it was made four times.

with events as (

    select
        event_id,
        event_type,
        created_at as version_at,
        {{ json_part('data', '$.object') }} as object,
        {{ json_part('data', '$.previous_attributes') }} as previous
    from {{ ref('raw_stripe__events') }}
    where is_current
        and is_live
        and event_type like 'customer.subscription.%'
        and {{ json_text('data', '$.object.object') }} = 'subscription'

),

event_state as (

    select
        event_id,
        event_type,
        version_at,
        object,
        previous,
        {{ json_text('object', '$.id') }} as subscription_id,
        {{ json_text('object', '$.status') }} as status,
        {{ json_part('object', '$.items.data') }} as items,
        {{ json_part('object', '$.pause_collection') }} as pause,
        {{ json_part('object', '$.discount') }} as discount,
        {{ json_part('object', '$.discounts') }} as discounts,
        coalesce({{ json_text('object', '$.latest_invoice') }}, {{ json_text('object', '$.latest_invoice.id') }}) as latest_invoice_id,
        count(*) over (partition by {{ json_text('object', '$.id') }}, version_at) as events_in_second,
        min(version_at) over (partition by {{ json_text('object', '$.id') }}) as first_at
    from events

),

told as (

    -- What an event says was before it, asked of those alone where it tells something.
    select
        event_state.*,
        case when {{ json_has('previous', '$.status') }} then {{ json_text('previous', '$.status') }} else status end as status_before,
        case when {{ json_has('previous', '$.items') }} then {{ json_part('previous', '$.items.data') }} else items end as items_before,
        case when {{ json_has('previous', '$.pause_collection') }} then {{ json_part('previous', '$.pause_collection') }} else pause end as pause_before,
        case when {{ json_has('previous', '$.discount') }} then {{ json_part('previous', '$.discount') }} else discount end as discount_before,
        case when {{ json_has('previous', '$.discounts') }} then {{ json_part('previous', '$.discounts') }} else discounts end as discounts_before,
        case
            when {{ json_has('previous', '$.latest_invoice') }}
                then coalesce({{ json_text('previous', '$.latest_invoice') }}, {{ json_text('previous', '$.latest_invoice.id') }})
            else latest_invoice_id
        end as latest_invoice_id_before
    from event_state
    where events_in_second > 1 or version_at = first_at

),

{%- set after = ['status', as_text('items'), as_text('pause'), as_text('discount'), as_text('discounts'), 'latest_invoice_id'] %}
{%- set before = [
    'status_before', as_text('items_before'), as_text('pause_before'), as_text('discount_before'), as_text('discounts_before'),
    'latest_invoice_id_before',
] %}

in_one_second as (

    select
        subscription_id,
        version_at,
        event_id,
        {{ stable_id(before) }} as found,
        {{ stable_id(after) }} as left_behind
    from told
    where events_in_second > 1

),

within_second as (

    -- Of one second the event comes first that found what no other left behind, and last whose own no other found.
    select
        one.event_id,
        {{ count_where('other.left_behind = one.found') }} as events_before,
        {{ count_where('other.found = one.left_behind') }} as events_after
    from in_one_second as one
    inner join in_one_second as other
        on one.subscription_id = other.subscription_id
        and one.version_at = other.version_at
        and one.event_id <> other.event_id
    group by one.event_id

),

event_version as (

    select
        event_state.*,
        row_number() over (
            partition by event_state.subscription_id
            order by
                event_state.version_at,
                case event_state.event_type when 'customer.subscription.created' then 0 when 'customer.subscription.deleted' then 2 else 1 end,
                case when within_second.events_before > 0 and within_second.events_after > 0 then 1 when within_second.events_before > 0 then 2 else 0 end,
                event_state.event_id
        ) as event_number
    from event_state
    left join within_second on event_state.event_id = within_second.event_id

),

before_version as (

    -- What the first event says it changed.
    select
        told.subscription_id,
        told.status_before as status,
        told.items_before as items,
        told.pause_before as pause,
        told.discount_before as discount,
        told.discounts_before as discounts,
        told.latest_invoice_id_before as latest_invoice_id,
        told.object,
        coalesce({{ json_epoch_s('told.object', '$.start_date') }}, {{ json_epoch_s('told.object', '$.created') }}) as version_at
    from event_version
    inner join told on event_version.event_id = told.event_id
    where event_version.event_number = 1 and event_version.event_type <> 'customer.subscription.created'

),

listed as (

    select
        subscription_id,
        status,
        {{ json_part('payload', '$.items.data') }} as items,
        {{ json_part('payload', '$.pause_collection') }} as pause,
        {{ json_part('payload', '$.discount') }} as discount,
        {{ json_part('payload', '$.discounts') }} as discounts,
        coalesce({{ json_text('payload', '$.latest_invoice') }}, {{ json_text('payload', '$.latest_invoice.id') }}) as latest_invoice_id,
        payload as object,
        file_path,
        line,
        coalesce(started_at, created_at) as started_at,
        coalesce(current_period_start_at, {{ json_epoch_s('payload', '$.items.data[0].current_period_start') }}) as period_start_at,
        canceled_at,
        ended_at,
        {{ last_part('file_path', '/') }} as file_name
    from {{ ref('raw_stripe__subscriptions') }}
    where is_live

),

proof as (

    select subscription_id, file_path, line, started_at as proven_at from listed
    union all
    select subscription_id, file_path, line, period_start_at as proven_at from listed where period_start_at is not null
    union all
    select subscription_id, file_path, line, canceled_at as proven_at from listed where canceled_at is not null
    union all
    select subscription_id, file_path, line, ended_at as proven_at from listed where ended_at is not null

),

proven as (

    select
        subscription_id,
        file_path,
        line,
        max(proven_at) as proven_at
    from proof
    group by subscription_id, file_path, line

),

named as (

    -- A name of two days is a span, and says of none that it is the day.
    select
        listed.*,
        proven.proven_at,
        case
            when {{ matches('file_name', "'^[0-9]{4}-[0-9]{2}-[0-9]{2}([^0-9]|$)'") }}
                and not {{ matches('file_name', "'^.{10}.*[0-9]{4}-[0-9]{2}-[0-9]{2}'") }}
                then {{ dbt.safe_cast('substr(file_name, 1, 10)', type_date()) }}
        end as named_day
    from listed
    inner join proven
        on listed.subscription_id = proven.subscription_id
        and listed.file_path = proven.file_path
        and listed.line = proven.line

),

seen as (

    -- Wherever the day was named it is over two days after it begins here: a record that proves more was not taken on it.
    select
        named.*,
        case
            when proven_at < {{ add_seconds(reporting_day_start('named_day'), 2 * 86400) }} then {{ reporting_day_start('named_day') }}
        end as seen_at
    from named

),

moment as (

    select
        subscription_id,
        version_at as asked_at,
        1 as is_event,
        version_at as event_at,
        cast(null as {{ type_string() }}) as file_path,
        cast(0 as {{ type_bigint() }}) as line
    from event_version
    union all
    select
        subscription_id,
        coalesce({{ add_seconds('seen_at', 2 * 86400) }}, {{ far_future() }}) as asked_at,
        0 as is_event,
        cast(null as {{ type_timestamp() }}) as event_at,
        file_path,
        line
    from seen

),

with_last_event as (

    select
        subscription_id,
        file_path,
        line,
        is_event,
        max(event_at) over (
            partition by subscription_id
            order by asked_at, is_event
            rows between unbounded preceding and current row
        ) as last_event_at
    from moment

),

listing as (

    select
        seen.*,
        with_last_event.last_event_at,
        coalesce(seen.proven_at > with_last_event.last_event_at, true) as is_beyond_events,
        case when seen.seen_at < seen.proven_at then seen.proven_at else seen.seen_at end as held_at,
        row_number() over (
            partition by seen.subscription_id, seen.proven_at, case when seen.seen_at is null then 0 else 1 end
            order by seen.seen_at, seen.file_path, seen.line
        ) as number_of_proof,
        row_number() over (partition by seen.subscription_id order by seen.file_path desc, seen.line desc) as age
    from seen
    inner join with_last_event
        on seen.subscription_id = with_last_event.subscription_id
        and seen.file_path = with_last_event.file_path
        and seen.line = with_last_event.line
    where with_last_event.is_event = 0

),

placed as (

    -- The first listing of a known day that proves a time tells of that time, the others of their days. Events of about that day are exact,
    -- and whether the listing was taken before or after them nobody knows.
    select
        listing.*,
        case
            when is_beyond_events and (seen_at is null or number_of_proof = 1) then proven_at
            when last_event_at is null or seen_at > {{ add_seconds('last_event_at', 86400) }} then held_at
        end as placed_at
    from listing

),

listed_version as (

    -- Of listings with one place in time the last one counts.
    select
        placed.*,
        row_number() over (
            partition by subscription_id, placed_at
            order by file_path desc, line desc
        ) as recency
    from placed
    where placed_at is not null

),

compared_listing as (

    select
        listed_version.*,
        lag({{ as_text('object') }}) over (partition by subscription_id order by placed_at) as text_before,
        lag(coalesce(last_event_at, {{ far_future() }})) over (partition by subscription_id order by placed_at) as event_before
    from listed_version
    where recency = 1

),

news as (

    -- What repeats the listing before it, with no event between them, is no state of its own: who lists daily would have one a day.
    select *
    from compared_listing
    where seen_at is null
        or not coalesce({{ as_text('object') }} = text_before and coalesce(last_event_at, {{ far_future() }}) = event_before, false)

),

last_event as (

    select
        subscription_id,
        max(event_number) as event_number
    from event_version
    group by subscription_id

),

undecided as (

    -- Is the last listing, of a day that nobody knows, older than the last event, or were events missed?
    select
        subscription_id,
        status,
        pause,
        items
    from placed
    where age = 1 and seen_at is null and placed_at is null

),

told_twice as (

    select
        subscription_id,
        status,
        pause,
        items,
        1 as sign
    from undecided
    union all
    select
        event_version.subscription_id,
        event_version.status,
        event_version.pause,
        event_version.items,
        -1 as sign
    from event_version
    inner join last_event
        on event_version.subscription_id = last_event.subscription_id and event_version.event_number = last_event.event_number
    inner join undecided on event_version.subscription_id = undecided.subscription_id

),

item_told_twice as (

    select
        told_twice.subscription_id,
        told_twice.status,
        case when told_twice.pause is null then 0 else 1 end as is_paused,
        coalesce({{ json_text('item', '$.price.id') }}, {{ json_text('item', '$.plan.id') }}) as price_id,
        told_twice.sign * coalesce({{ json_whole('item', '$.quantity') }}, 1) as quantity
    from {{ json_items('told_twice', 'items', '$', 'item') }}

),

difference as (

    select
        subscription_id,
        status,
        is_paused,
        price_id,
        sum(quantity) as quantity
    from item_told_twice
    group by subscription_id, status, is_paused, price_id

),

listed_otherwise as (

    select subscription_id
    from difference
    where quantity <> 0
    group by subscription_id

),

version as (

    select
        subscription_id, status, items, pause, discount, discounts, latest_invoice_id, object, version_at,
        0 as kind, 0 as number_within, false as is_creation, cast(null as {{ type_timestamp() }}) as held_at
    from before_version
    union all
    select
        subscription_id, status, items, pause, discount, discounts, latest_invoice_id, object, version_at,
        1 as kind, event_number as number_within, event_type = 'customer.subscription.created' as is_creation,
        version_at as held_at
    from event_version
    union all
    select
        subscription_id, status, items, pause, discount, discounts, latest_invoice_id, object, placed_at as version_at,
        2 as kind, 0 as number_within, false as is_creation, held_at
    from news

),

ordered as (

    select
        subscription_id,
        status,
        items,
        pause,
        discount,
        discounts,
        latest_invoice_id,
        version_at,
        kind,
        is_creation,
        held_at,
        row_number() over (partition by subscription_id order by version_at, kind, number_within) as version_number,
        lead(version_at) over (partition by subscription_id order by version_at, kind, number_within) as next_version_at,
        row_number() over (partition by subscription_id order by version_at desc, kind desc, number_within desc) = 1 as is_last,
        coalesce({{ json_text('object', '$.customer') }}, {{ json_text('object', '$.customer.id') }}) as customer_id,
        {{ json_text('object', '$.currency') }} as currency,
        {{ json_text('object', '$.cancellation_details.reason') }} as cancel_reason,
        coalesce({{ json_epoch_s('object', '$.start_date') }}, {{ json_epoch_s('object', '$.created') }}) as started_at,
        {{ json_epoch_s('object', '$.trial_start') }} as trial_start_at,
        {{ json_epoch_s('object', '$.trial_end') }} as trial_end_at,
        case
            when status in ('canceled', 'incomplete_expired')
                then coalesce({{ json_epoch_s('object', '$.ended_at') }}, {{ json_epoch_s('object', '$.canceled_at') }}, version_at)
        end as ended_at
    from version

),

with_end as (

    select
        ordered.*,
        max(case when is_last then ended_at end) over (partition by subscription_id) as service_ended_at,
        max(case when is_last then cancel_reason end) over (partition by subscription_id) as last_cancel_reason,
        -- The event of its creation tells of it from the start, even if it comes a moment later. A listing of no known day was taken before
        -- what follows it, and that is all.
        min(case when is_creation then started_at when kind > 0 then coalesce(held_at, next_version_at) end)
            over (partition by subscription_id) as first_held_at
    from ordered

)

select
    with_end.subscription_id,
    version_number,
    customer_id,
    currency,
    status,
    items,
    pause,
    discount,
    discounts,
    latest_invoice_id,
    is_last,
    started_at,
    version_at,
    first_held_at,
    trial_start_at,
    trial_end_at,
    service_ended_at,
    last_cancel_reason,
    is_last and listed_otherwise.subscription_id is not null as is_listed_otherwise,
    case when version_number = 1 then started_at else version_at end as span_from,
    case
        when service_ended_at is null then next_version_at
        when next_version_at is null then service_ended_at
        when next_version_at < service_ended_at then next_version_at
        else service_ended_at
    end as span_to
from with_end
left join listed_otherwise on with_end.subscription_id = listed_otherwise.subscription_id
