{{ config(materialized='ephemeral', enabled='stripe' in var('sources')) }}
-- What held for a while: trial, pause, payment due, discounts; and the time before the first version we hold.

with version as (

    select * from {{ ref('map_stripe__subscription_version') }}

),

item as (

    select * from {{ ref('map_stripe__subscription_item') }}

),

invoice as (

    select
        invoice_id,
        coalesce(due_at, finalized_at, created_at) as fell_due_at
    from {{ ref('raw_stripe__invoices') }}
    where is_current

),

listed_coupon as (

    select
        coupon_id,
        percent_off,
        amount_off,
        currency,
        duration
    from {{ ref('raw_stripe__coupons') }}
    where is_current

),

customer_discount as (

    select
        customer_id,
        discount
    from {{ ref('raw_stripe__customers') }}
    where is_current and {{ json_part('discount', '$') }} is not null

),

inferred as (

    select
        subscription_id,
        'inferred' as kind,
        min(started_at) as window_from,
        min(first_held_at) as window_to
    from version
    group by subscription_id

),

trial as (

    -- While the status is trialing the trial is not over, whatever its planned end.
    select
        subscription_id,
        'trial' as kind,
        trial_start_at as window_from,
        case when status <> 'trialing' then trial_end_at end as window_to
    from version
    where is_last and trial_start_at is not null

),

trialing_status as (

    select
        subscription_id,
        'trial' as kind,
        span_from as window_from,
        span_to as window_to
    from version
    where status = 'trialing'

),

pause as (

    -- The first listing does not say since when: only what it proves counts.
    select
        subscription_id,
        'pause' as kind,
        case when version_number = 1 and status <> 'paused' then version_at else span_from end as window_from,
        case
            when {{ json_epoch_s('pause', '$.resumes_at') }} < coalesce(span_to, {{ far_future() }}) then {{ json_epoch_s('pause', '$.resumes_at') }}
            else span_to
        end as window_to
    from version
    where pause is not null or status = 'paused'

),

unpaid as (

    select
        subscription_id,
        case status when 'unpaid' then 'unpaid' else 'incomplete' end as kind,
        span_from as window_from,
        span_to as window_to
    from version
    where status in ('unpaid', 'incomplete', 'incomplete_expired')

),

due_change as (

    select
        version.subscription_id,
        version.version_number,
        version.status,
        version.span_to,
        coalesce(invoice.fell_due_at, version.version_at) as fell_due_at,
        sum(case when version.status = 'past_due' then 0 else 1 end) over (
            partition by version.subscription_id
            order by version.version_number
            rows between unbounded preceding and current row
        ) as run_number
    from version
    left join invoice on version.latest_invoice_id = invoice.invoice_id

),

past_due as (

    -- One run, however many versions tell of it; it began when the first of its invoices fell due.
    select
        subscription_id,
        'past_due' as kind,
        min(fell_due_at) as window_from,
        case when count(span_to) = count(*) then max(span_to) end as window_to
    from due_change
    where status = 'past_due'
    group by subscription_id, run_number

),

subscription_discount as (

    select
        version.subscription_id,
        version.version_number,
        cast(null as {{ type_string() }}) as item_id,
        version.discount
    from version
    where {{ json_has('version.discount', '$.id') }}
    union all
    select
        version.subscription_id,
        version.version_number,
        cast(null as {{ type_string() }}) as item_id,
        element as discount
    from {{ json_items('version', 'discounts', '$', 'element') }}
    union all
    select
        item.subscription_id,
        item.version_number,
        item.item_id,
        element as discount
    from {{ json_items('item', 'item_discounts', '$', 'element') }}

),

told_discount as (

    select
        version.version_at as told_at,
        subscription_discount.discount
    from subscription_discount
    inner join version
        on subscription_discount.subscription_id = version.subscription_id
        and subscription_discount.version_number = version.version_number
    union all
    select
        created_at as told_at,
        {{ json_part('data', '$.object') }} as discount
    from {{ ref('raw_stripe__events') }}
    where is_current and is_live and event_type like 'customer.discount.%'
    union all
    select
        cast(null as {{ type_timestamp() }}) as told_at,
        discount
    from customer_discount

),

known_discount as (

    -- What we hold of a discount wherever it stands in full, the latest first.
    select
        {{ json_text('discount', '$.id') }} as discount_id,
        discount,
        row_number() over (
            partition by {{ json_text('discount', '$.id') }}
            order by told_at desc nulls last, {{ as_text('discount') }} desc
        ) as copy_number
    from told_discount
    where {{ json_text('discount', '$.id') }} is not null

),

named_discount as (

    select
        subscription_id,
        version_number,
        item_id,
        discount,
        coalesce({{ json_text('discount', '$.id') }}, {{ json_text('discount', '$') }}) as discount_id,
        case when {{ json_has('discount', '$.source') }} then 0 when {{ json_has('discount', '$.id') }} then 1 else 2 end as shape
    from subscription_discount

),

own_discount as (

    -- One discount may stand both in the old and in the new place, and as an id alone where the export does not expand it.
    select
        named_discount.subscription_id,
        named_discount.version_number,
        named_discount.item_id,
        case when named_discount.shape = 2 then known_discount.discount else named_discount.discount end as discount,
        row_number() over (
            partition by
                named_discount.subscription_id, named_discount.version_number, named_discount.item_id, named_discount.discount_id
            order by named_discount.shape
        ) as copy_number
    from named_discount
    left join known_discount on named_discount.discount_id = known_discount.discount_id and known_discount.copy_number = 1
    where named_discount.discount_id is not null

),

discounted_version as (

    select
        subscription_id,
        version_number
    from own_discount
    group by subscription_id, version_number

),

any_discount as (

    select
        subscription_id,
        version_number,
        item_id,
        discount
    from own_discount
    where copy_number = 1
    union all
    -- A customer's discount holds for subscriptions without one of their own.
    select
        version.subscription_id,
        version.version_number,
        cast(null as {{ type_string() }}) as item_id,
        customer_discount.discount
    from version
    inner join customer_discount on version.customer_id = customer_discount.customer_id
    left join discounted_version
        on version.subscription_id = discounted_version.subscription_id
        and version.version_number = discounted_version.version_number
    where discounted_version.subscription_id is null

),

with_coupon as (

    select
        subscription_id,
        version_number,
        item_id,
        coalesce({{ json_epoch_s('discount', '$.start') }}, {{ from_epoch_s('0') }}) as discount_from,
        {{ json_epoch_s('discount', '$.end') }} as discount_to,
        coalesce({{ json_part('discount', '$.source.coupon') }}, {{ json_part('discount', '$.coupon') }}) as coupon
    from any_discount

),

worth as (

    select
        with_coupon.subscription_id,
        with_coupon.version_number,
        with_coupon.item_id,
        with_coupon.discount_from,
        case when with_coupon.discount_from > version.span_from then with_coupon.discount_from else version.span_from end as window_from,
        case
            when with_coupon.discount_to is null then version.span_to
            when version.span_to is null or with_coupon.discount_to < version.span_to then with_coupon.discount_to
            else version.span_to
        end as window_to,
        version.currency as version_currency,
        coalesce({{ json_text('with_coupon.coupon', '$.duration') }}, listed_coupon.duration) as duration,
        coalesce({{ json_decimal('with_coupon.coupon', '$.percent_off') }}, listed_coupon.percent_off) as percent_off,
        coalesce({{ json_whole('with_coupon.coupon', '$.amount_off') }}, listed_coupon.amount_off) as amount_off,
        upper(coalesce({{ json_text('with_coupon.coupon', '$.currency') }}, listed_coupon.currency)) as currency
    from with_coupon
    inner join version
        on with_coupon.subscription_id = version.subscription_id
        and with_coupon.version_number = version.version_number
    left join listed_coupon on {{ json_text('with_coupon.coupon', '$') }} = listed_coupon.coupon_id

),

item_worth as (

    select
        item.subscription_id,
        item.version_number,
        item.item_id,
        item.currency,
        cast(round(coalesce(item.unit_amount, 0) * item.quantity, 0) as {{ type_bigint() }}) as gross_minor
    from item
    where not item.is_metered

),

shared as (

    -- An amount off the whole subscription is spread over its items by share; cumulative rounding makes the parts add up.
    select
        worth.subscription_id,
        worth.version_number,
        item_worth.item_id,
        worth.window_from,
        worth.window_to,
        worth.percent_off,
        worth.amount_off,
        sum(item_worth.gross_minor) over (
            partition by worth.subscription_id, worth.version_number, worth.item_id, worth.discount_from, worth.amount_off
            order by item_worth.item_id
            rows between unbounded preceding and current row
        ) as gross_so_far,
        item_worth.gross_minor,
        sum(item_worth.gross_minor) over (
            partition by worth.subscription_id, worth.version_number, worth.item_id, worth.discount_from, worth.amount_off
        ) as gross_in_all
    from worth
    inner join item_worth
        on worth.subscription_id = item_worth.subscription_id
        and worth.version_number = item_worth.version_number
        and coalesce(worth.item_id, item_worth.item_id) = item_worth.item_id
    where worth.duration <> 'once'
        and (worth.percent_off is not null or worth.currency = item_worth.currency)

),

discount as (

    select
        subscription_id,
        item_id,
        'discount' as kind,
        window_from,
        window_to,
        percent_off as percent,
        case
            when amount_off is null or gross_in_all = 0 then 0
            else
                {{ divided_half_up('(' ~ whole('amount_off') ~ ' * ' ~ whole('gross_so_far') ~ ')', whole('nullif(gross_in_all, 0)')) }}
                - {{ divided_half_up(
                    '(' ~ whole('amount_off') ~ ' * ' ~ whole('(gross_so_far - gross_minor)') ~ ')',
                    whole('nullif(gross_in_all, 0)')) }}
        end as amount_minor
    from shared

),

unknown_discount as (

    -- Known by its id alone, or of an amount in another currency: it lowers what is paid, and nobody knows by how much.
    select
        subscription_id,
        item_id,
        'discount_unknown' as kind,
        window_from,
        window_to
    from worth
    where duration is null
        or (
            duration <> 'once'
            and percent_off is null
            and not coalesce(currency = upper(coalesce(version_currency, currency)), false)
        )

),

dated as (

    select subscription_id, cast(null as {{ type_string() }}) as item_id, kind, window_from, window_to from inferred
    union all
    select subscription_id, cast(null as {{ type_string() }}) as item_id, kind, window_from, window_to from trial
    union all
    select subscription_id, cast(null as {{ type_string() }}) as item_id, kind, window_from, window_to from trialing_status
    union all
    select subscription_id, cast(null as {{ type_string() }}) as item_id, kind, window_from, window_to from pause
    union all
    select subscription_id, cast(null as {{ type_string() }}) as item_id, kind, window_from, window_to from unpaid
    union all
    select subscription_id, cast(null as {{ type_string() }}) as item_id, kind, window_from, window_to from past_due
    union all
    select subscription_id, item_id, kind, window_from, window_to from unknown_discount

)

select
    'stripe' as source,
    subscription_id,
    item_id,
    kind,
    window_from,
    window_to,
    cast(null as {{ type_decimal() }}) as percent,
    cast(null as {{ type_bigint() }}) as amount_minor
from dated
where window_to is null or window_from < window_to
union all
select
    'stripe' as source,
    subscription_id,
    item_id,
    kind,
    window_from,
    window_to,
    percent,
    amount_minor
from discount
where window_to is null or window_from < window_to
