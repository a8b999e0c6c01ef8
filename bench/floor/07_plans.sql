-- What every subscription item cost and how it stood, as intervals in epoch seconds. A subscription's states come from its events, which
-- say when, and beyond the last of them from listings, placed at the latest time they prove. Each is cut where a trial, a pause, payment
-- due or a discount begins or ends, and judged at its start.

create temp table listed as
select *, row_number() over () as place
from read_json(
    getvariable('landing') || '/stripe/subscriptions/*.ndjson',
    format = 'newline_delimited',
    ignore_errors = true,
    columns = {
        id: 'varchar', customer: 'varchar', status: 'varchar', currency: 'varchar', created: 'bigint', start_date: 'bigint',
        canceled_at: 'bigint', ended_at: 'bigint', trial_start: 'bigint', trial_end: 'bigint', current_period_start: 'bigint',
        latest_invoice: 'varchar', cancellation_details: 'struct(reason varchar)', pause_collection: 'struct(resumes_at bigint)',
        discount: 'json', discounts: 'json', items: 'json'
    }
)
where id is not null;

create temp table told as
select data.object as object, data.previous_attributes as before, id as event_id, type, created
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/stripe/events/*.ndjson',
        format = 'newline_delimited',
        ignore_errors = true,
        columns = {
            id: 'varchar', type: 'varchar', created: 'bigint',
            data: 'struct(previous_attributes json, object struct(object varchar, id varchar, customer varchar, status varchar,
                currency varchar, created bigint, start_date bigint, canceled_at bigint, ended_at bigint, trial_start bigint,
                trial_end bigint, latest_invoice varchar, cancellation_details struct(reason varchar),
                pause_collection struct(resumes_at bigint), discount json, discounts json, items json))'
        }
    )
)
where type like 'customer.subscription.%' and data.object.object = 'subscription' and created is not null
qualify row_number() over (partition by id order by place desc) = 1;

create temp table invoice as
select
    id as invoice_id,
    customer as customer_id,
    status,
    livemode,
    upper(currency) as currency,
    total,
    coalesce(list_sum(list_transform(total_taxes, lambda part: part.amount)), tax, 0) as tax,
    charge as charge_id,
    payment_intent as payment_intent_id,
    list_transform(payments.data, lambda part: part.payment.payment_intent) as payment_intents,
    due_date as due_at,
    coalesce(status_transitions.finalized_at, created) as issued_at,
    coalesce(due_at, issued_at) as fell_due_at,
    status_transitions.paid_at as paid_at,
    amount_paid,
    coalesce(paid_out_of_band, false) as is_paid_elsewhere
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/stripe/invoices/*.ndjson',
        format = 'newline_delimited',
        columns = {
            id: 'varchar', customer: 'varchar', status: 'varchar', livemode: 'boolean', currency: 'varchar', total: 'bigint', tax: 'bigint',
            amount_paid: 'bigint', paid_out_of_band: 'boolean', total_taxes: 'struct(amount bigint)[]', charge: 'varchar',
            payment_intent: 'varchar', payments: 'struct(data struct(payment struct(payment_intent varchar))[])', created: 'bigint',
            due_date: 'bigint', status_transitions: 'struct(finalized_at bigint, paid_at bigint)'
        }
    )
)
qualify row_number() over (partition by id order by place desc) = 1;

create temp table version as
with event_version as (
    select
        object.id as subscription_id, object.customer as customer_id, object.status as status, object.currency as currency,
        object.items as items, object.discount as discount, object.discounts as discounts, object.pause_collection as pause,
        object.latest_invoice as invoice_id, object.cancellation_details.reason as reason,
        coalesce(object.start_date, object.created) as started_at, object.trial_start as trial_start, object.trial_end as trial_end,
        coalesce(object.ended_at, object.canceled_at) as ended_at, created as version_at, 1 as kind,
        row_number() over (
            partition by object.id
            order by created, case type when 'customer.subscription.created' then 0 when 'customer.subscription.deleted' then 2 else 1 end, event_id
        ) as n,
        type, before
    from told
),
-- What the first event says it changed.
before_version as (
    select
        * replace (
            case when json_exists(before, '$.status') then before ->> '$.status' else status end as status,
            case when json_exists(before, '$.items') then before -> '$.items' else items end as items,
            case when json_exists(before, '$.discount') then before -> '$.discount' else discount end as discount,
            case when json_exists(before, '$.discounts') then before -> '$.discounts' else discounts end as discounts,
            case
                when json_exists(before, '$.pause_collection') then from_json(before -> '$.pause_collection', '{"resumes_at":"BIGINT"}')
                else pause
            end as pause,
            case when json_exists(before, '$.latest_invoice') then before ->> '$.latest_invoice' else invoice_id end as invoice_id,
            started_at as version_at,
            0 as kind,
            0 as n
        )
    from event_version
    where n = 1 and type <> 'customer.subscription.created'
),
listed_version as (
    select
        id as subscription_id, customer as customer_id, status, currency, items, discount, discounts, pause_collection as pause,
        latest_invoice as invoice_id, cancellation_details.reason, coalesce(start_date, created) as started_at, trial_start, trial_end,
        coalesce(ended_at, canceled_at) as ended_at,
        greatest(
            coalesce(start_date, created), coalesce(current_period_start, (items ->> '$.data[0].current_period_start')::bigint),
            canceled_at, listed.ended_at
        ) as version_at,
        2 as kind, 0 as n, null as type, null as before
    from listed
    qualify row_number() over (partition by id, version_at order by place desc) = 1
        and version_at > coalesce((select max(created) from told where told.object.id = listed.id), 0)
),
every as (
    from before_version
    union all
    from event_version
    union all
    from listed_version
),
placed as (
    select
        *,
        row_number() over in_order as version_number,
        lead(version_at) over in_order as next_at,
        lead(version_at) over in_order is null as is_last
    from every
    window in_order as (partition by subscription_id order by version_at, kind, n)
),
ended as (
    select
        *,
        max(case when is_last and status in ('canceled', 'incomplete_expired') then coalesce(ended_at, version_at) end) over whole
            as service_ended_at,
        max(case when is_last then reason end) over whole as last_reason,
        min(case when type = 'customer.subscription.created' then started_at when kind > 0 then version_at end) over whole as first_held_at
    from placed
    window whole as (partition by subscription_id)
)
select
    *,
    case when version_number = 1 then started_at else version_at end as span_from,
    least(coalesce(next_at, 253370764800), coalesce(service_ended_at, 253370764800)) as span_to
from ended;

create temp table item as
select
    subscription_id,
    version_number,
    item.id as item_id,
    item.discounts as discounts,
    coalesce(item.price.id, item.plan.id) as price_id,
    coalesce(item.price.product, item.plan.product) as product_id,
    upper(coalesce(item.price.currency, item.plan.currency, currency)) as currency,
    coalesce(item.price.unit_amount_decimal, item.price.unit_amount, item.plan.amount_decimal, item.plan.amount) as unit_amount,
    coalesce(item.price.recurring.interval, item.plan.interval) as billing_interval,
    coalesce(item.price.recurring.interval_count, item.plan.interval_count, 1) as interval_count,
    coalesce(coalesce(item.price.recurring.usage_type, item.plan.usage_type) = 'metered', false) as is_metered,
    case
        when item.price.transform_quantity.divide_by is null then coalesce(item.quantity, 1)
        when item.price.transform_quantity.round = 'up' then ceil(coalesce(item.quantity, 1) / item.price.transform_quantity.divide_by)::bigint
        else coalesce(item.quantity, 1) // item.price.transform_quantity.divide_by
    end as quantity
from (
    select
        subscription_id,
        version_number,
        currency,
        unnest(from_json(items -> '$.data', '[{"id":"VARCHAR","quantity":"BIGINT","discounts":"JSON","price":{"id":"VARCHAR","product":"VARCHAR",
            "currency":"VARCHAR","unit_amount_decimal":"DECIMAL(18,6)","unit_amount":"DECIMAL(18,6)","recurring":{"interval":"VARCHAR",
            "interval_count":"BIGINT","usage_type":"VARCHAR"},"transform_quantity":{"divide_by":"BIGINT","round":"VARCHAR"}},
            "plan":{"id":"VARCHAR","product":"VARCHAR","currency":"VARCHAR","amount_decimal":"DECIMAL(18,6)","amount":"DECIMAL(18,6)",
            "interval":"VARCHAR","interval_count":"BIGINT","usage_type":"VARCHAR"}}]')) as item
    from version
    where span_from < span_to
);

-- One discount may stand both in the old place and in the new. A customer's holds for subscriptions without one of their own.
create temp table discount as
with own as (
    select subscription_id, version_number, null as item_id, json_array(discount) as discounts
    from version
    where json_exists(discount, '$.id')
    union all
    select subscription_id, version_number, null, discounts from version where json_array_length(discounts) > 0
    union all
    select subscription_id, version_number, item_id, discounts from item where json_array_length(discounts) > 0
),
given as (
    from own
    union all
    select subscription_id, version_number, null, json_array(customer.discount)
    from version
    inner join (
        select customer_id, discount from customer qualify row_number() over (partition by customer_id order by place desc) = 1
    ) as customer using (customer_id)
    anti join own using (subscription_id, version_number)
    where json_type(customer.discount) = 'OBJECT'
),
one_by_one as (
    select
        subscription_id,
        version_number,
        item_id,
        unnest(from_json(discounts, '[{"id":"VARCHAR","start":"BIGINT","end":"BIGINT",
            "coupon":{"duration":"VARCHAR","percent_off":"DECIMAL(18,6)","amount_off":"BIGINT","currency":"VARCHAR"},
            "source":{"coupon":{"duration":"VARCHAR","percent_off":"DECIMAL(18,6)","amount_off":"BIGINT","currency":"VARCHAR"}}}]')) as discount
    from given
),
worth as (
    select
        subscription_id,
        version_number,
        item_id,
        coalesce(discount.start, 0) as discount_from,
        coalesce(discount."end", 253370764800) as discount_to,
        coalesce(discount.source.coupon, discount.coupon) as coupon
    from one_by_one
    where discount.id is not null
    qualify row_number() over (partition by subscription_id, version_number, item_id, discount.id order by discount.source is null) = 1
),
-- An amount off the whole is spread over the items by share; cumulative rounding makes the parts add up.
shared as (
    select
        worth.*,
        item.item_id as of_item,
        item.gross,
        sum(item.gross) over (whole order by item.item_id) as gross_so_far,
        sum(item.gross) over whole as gross_in_all
    from worth
    inner join (
        select subscription_id, version_number, item_id, currency, round(coalesce(unit_amount, 0) * quantity, 0)::hugeint as gross
        from item
        where not is_metered
    ) as item
        on worth.subscription_id = item.subscription_id
        and worth.version_number = item.version_number
        and coalesce(worth.item_id, item.item_id) = item.item_id
    where coupon.duration <> 'once' and (coupon.percent_off is not null or upper(coupon.currency) = item.currency)
    window whole as (
        partition by worth.subscription_id, worth.version_number, worth.item_id, worth.discount_from, coupon.amount_off
    )
)
select
    subscription_id,
    of_item as item_id,
    greatest(discount_from, span_from) as window_from,
    least(discount_to, span_to) as window_to,
    coupon.percent_off as percent,
    case
        when coupon.amount_off is null or gross_in_all = 0 then 0
        else half_up(coupon.amount_off * gross_so_far, gross_in_all) - half_up(coupon.amount_off * (gross_so_far - gross), gross_in_all)
    end as amount_off
from shared
inner join version using (subscription_id, version_number)
where window_from < window_to;

create temp table held as
with due as (
    select
        version.*,
        coalesce(invoice.fell_due_at, version.version_at) as fell_due_at,
        sum((version.status <> 'past_due')::int) over (partition by subscription_id order by version_number) as run_number
    from version
    left join invoice using (invoice_id)
)
select *
from (
    select subscription_id, 'inferred' as kind, min(started_at) as window_from, min(first_held_at) as window_to from version group by subscription_id
    union all
    select subscription_id, 'trial', trial_start, case when status = 'trialing' then 253370764800 else coalesce(trial_end, 253370764800) end
    from version
    where is_last and trial_start is not null
    union all
    select
        subscription_id,
        case status when 'trialing' then 'trial' when 'unpaid' then 'unpaid' else 'incomplete' end,
        span_from,
        span_to
    from version
    where status in ('trialing', 'unpaid', 'incomplete', 'incomplete_expired')
    union all
    -- the first listing does not say since when: only what it proves counts
    select
        subscription_id,
        'pause',
        case when version_number = 1 and status <> 'paused' then version_at else span_from end,
        least(coalesce(pause.resumes_at, 253370764800), span_to)
    from version
    where pause is not null or status = 'paused'
    union all
    select subscription_id, 'due', min(fell_due_at), max(span_to) from due where status = 'past_due' group by subscription_id, run_number
)
where window_from < window_to;

create temp table tier as
select plan, plan_tier, tier_rank from read_csv('seeds/demo/plans.csv') where source = 'stripe';

create temp table exponent as
select currency, max(exponent) filter (vendor = '*') as house, max(exponent) filter (vendor = 'stripe') as stripe
from read_csv('seeds/shared/currency_exponents.csv')
where vendor in ('*', 'stripe')
group by currency;

create temp table account_of_customer as
select customer_id, coalesce(customer.account_id, 'stripe:' || customer_id) as account_id
from (
    select customer_id from version where customer_id is not null
    union
    select customer_id from invoice where customer_id is not null
    union
    select customer_id from customer
)
left join customer using (customer_id)
qualify row_number() over (partition by customer_id order by customer.is_deleted, customer.place desc) = 1;

create temp table period as
with edge as (
    select subscription_id, null as item_id, unnest([window_from, window_to, case kind when 'due' then window_from + 14 * 86400 end]) as edge_at
    from held
    union
    select subscription_id, item_id, unnest([window_from, window_to]) from discount
),
term as (
    select item.*, customer_id, span_from, span_to, service_ended_at, last_reason, status
    from item
    inner join version using (subscription_id, version_number)
),
start as (
    select subscription_id, version_number, item_id, span_from as valid_from from term
    union
    select term.subscription_id, version_number, term.item_id, edge_at
    from term
    inner join edge
        on term.subscription_id = edge.subscription_id
        and coalesce(edge.item_id, term.item_id) = term.item_id
        and span_from < edge_at
        and edge_at < span_to
),
piece as (
    select
        term.*,
        start.valid_from,
        coalesce(
            lead(start.valid_from) over (partition by subscription_id, version_number, item_id order by start.valid_from), span_to
        ) as valid_to
    from start
    inner join term using (subscription_id, version_number, item_id)
),
in_force as (
    select
        piece.subscription_id,
        item_id,
        valid_from,
        bool_or(kind = 'inferred') as is_inferred,
        bool_or(kind = 'incomplete') as is_incomplete,
        bool_or(kind = 'trial') as is_trial,
        bool_or(kind = 'pause') as is_paused,
        bool_or(kind = 'unpaid') as is_unpaid,
        min(window_from) filter (kind = 'due') as fell_due_at
    from piece
    inner join held on piece.subscription_id = held.subscription_id and valid_from >= window_from and valid_from < window_to
    group by all
),
-- Percentages that hold at once multiply, up to three.
off as (
    select
        piece.subscription_id,
        piece.item_id,
        valid_from,
        list_transform(list_resize(max(percent, 3), 3, 0), lambda percent: round((100 - coalesce(percent, 0)) * 10000, 0)::hugeint) as kept,
        sum(amount_off)::bigint as amount_off
    from piece
    inner join discount
        on piece.subscription_id = discount.subscription_id
        and piece.item_id = discount.item_id
        and valid_from >= window_from
        and valid_from < window_to
    group by all
),
stated as (
    select
        account_id,
        subscription_id,
        item_id,
        valid_from,
        valid_to,
        case
            when is_incomplete then 'incomplete'
            when is_trial then 'trialing'
            when is_paused then 'paused'
            when is_unpaid or valid_from >= fell_due_at + 14 * 86400 then 'lapsed'
            when fell_due_at is not null then 'past_due'
            else 'active'
        end as state,
        coalesce(is_inferred, false) as is_inferred,
        coalesce(by_price.plan_tier, by_plan.plan_tier, 'unknown') as plan_tier,
        coalesce(by_price.tier_rank, by_plan.tier_rank, 0) as tier_rank,
        piece.currency,
        coalesce(house, 2) as exponent,
        rescaled(unit_amount, coalesce(stripe, house, 2), coalesce(house, 2)) as unit_amount,
        quantity,
        case billing_interval when 'year' then 1 when 'month' then 12 when 'week' then 52 when 'day' then 365 end as times_a_year,
        interval_count,
        coalesce(half_up(kept[1] * kept[2] * kept[3], 1000000000000), 1000000) as kept,
        rescaled(coalesce(amount_off, 0), coalesce(stripe, house, 2), coalesce(house, 2)) as amount_off,
        is_metered,
        case
            when valid_to = service_ended_at and (
                last_reason in ('payment_failed', 'payment_disputed') or (last_reason is null and status in ('past_due', 'unpaid'))
            ) then 'involuntary'
            when valid_to = service_ended_at then 'voluntary'
        end as end_kind
    from piece
    inner join account_of_customer using (customer_id)
    left join in_force using (subscription_id, item_id, valid_from)
    left join off using (subscription_id, item_id, valid_from)
    left join exponent on piece.currency = exponent.currency
    left join tier as by_price on piece.price_id = by_price.plan
    left join tier as by_plan on piece.product_id = by_plan.plan
),
gross as (
    select
        *,
        round(unit_amount * 1000000, 0)::hugeint * (quantity * 1000000) * kept - amount_off::hugeint * 1000000000000000000 as each_time
    from stated
)
select
    account_id,
    valid_from,
    valid_to,
    state,
    is_inferred,
    plan_tier,
    tier_rank,
    currency,
    exponent,
    case
        when is_metered or state not in ('active', 'past_due') or each_time < 0 then 0
        else half_up(each_time * times_a_year, 12000000000000000000::hugeint * interval_count)::bigint
    end as mrr_minor,
    coalesce(
        case when end_kind is not null and state = 'lapsed' then 'involuntary' else end_kind end,
        case when lead(state) over (partition by subscription_id, item_id order by valid_from) = 'lapsed' then 'involuntary' end,
        'voluntary'
    ) as end_kind
from gross;

-- The highest plan of each account at the end of each day it was used.
create temp table plan_of_day as
with asked as (
    select account_id, event_date, epoch(event_date + 1)::bigint as day_end
    from (
        select account_id, event_date from counted_part
        union
        select account_id, responded_at::date from placed_answer
        union
        select account_id, sent_at::date from invitation
    )
    where account_id is not null
)
select asked.account_id, asked.event_date, arg_max(plan_tier, (tier_rank, plan_tier)) as plan_tier
from asked
inner join period on asked.account_id = period.account_id and valid_from < day_end and valid_to >= day_end
where state in ('trialing', 'active', 'past_due')
group by asked.account_id, asked.event_date;
