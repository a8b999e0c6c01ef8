"""The plan's money as Stripe exports it.

At each month's end every object is listed as it stands (`stripe/<object>/<day>.ndjson`), which is how Stripe has to be read,
for its objects carry no version; `stripe/events/<month>.ndjson` holds the month's `customer.subscription.*` events, the only place
where history is. Half the customers come in the API's shape before 2025-03-31 ("old"), half in the one after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalhouse.demo.payments import deliver_stripe_balance

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MACROS = """
create macro cus(i) as made_id('cus_', i);
create macro sub(subscription_key) as made_id('sub_', subscription_key);
-- one JSON object with the keys of two
create macro joined(one, other) as (left(one::varchar, length(one::varchar) - 1) || ',' || substr(other::varchar, 2))::json;

create macro price_json(price, product, currency, amount, every, usage) as to_json({
    'id': price, 'object': 'price', 'active': true, 'billing_scheme': 'per_unit',
    'created': seconds(getvariable('first_day')::timestamp - interval 90 day), 'currency': currency, 'livemode': true,
        'metadata': json('{}'),
    'nickname': null, 'product': product, 'recurring': {'interval': every, 'interval_count': 1, 'usage_type': usage},
    'tiers_mode': null, 'type': 'recurring', 'unit_amount': amount, 'unit_amount_decimal': amount::varchar
});

create macro coupon_json(percent) as to_json({
    'id': concat('REPEAT', percent), 'object': 'coupon', 'amount_off': null, 'currency': null, 'duration': 'repeating',
        'duration_in_months': 2,
    'percent_off': percent::double, 'valid': true
});

create macro discount_json(is_old, subscription_key, i, percent, begun, over) as joined(
    to_json({
        'id': made_id('di_', subscription_key), 'object': 'discount', 'customer': cus(i), 'subscription': sub(subscription_key),
        'start': seconds(begun), 'end': seconds(over)
    }),
    case when is_old then to_json({'coupon': coupon_json(percent)})
        else to_json({'source': {'type': 'coupon', 'coupon': coupon_json(percent)}}) end
);

create macro item_json(is_old, id, subscription_key, begun, over, created, price, quantity) as joined(
    to_json({
        'id': id, 'object': 'subscription_item', 'created': seconds(created), 'metadata': json('{}'), 'price': price, 'quantity': quantity,
        'subscription': sub(subscription_key)
    }),
    case
        when is_old then to_json({'tax_rates': json('[]')})
        else to_json({'current_period_start': seconds(begun), 'current_period_end': seconds(over), 'discounts': json('[]')})
    end
);
"""

# Every moment at which a subscription is shown: a listing at a month's end, or an event.
MOMENTS = """
create temp table pull as
select day, day::timestamp + interval 1 day as pulled_at, strftime(day, '%Y-%m-%d') as name from month_end;

create temp table stripe_subscription as
select *, i % 2 = 1 as is_old from subscription where not is_generic;

-- the billing periods begun within the window; a trial is a period of its own, number -1
create temp table period as
with begun as (

    select
        subscription_key, i, is_old, k, case price.interval when 'year' then 12 else 1 end as months,
        anchor_at + k * months * interval 1 month as begun_at, anchor_at + (k + 1) * months * interval 1 month as over_at
    from stripe_subscription
    inner join price on stripe_subscription.first_price = price.price
    cross join range(0, getvariable('days') // 28 + 2) as periods(k)
    where begun_at < least(coalesce(ended_at, getvariable('end_at')), getvariable('end_at'))

)

select subscription_key, i, is_old, k, begun_at, over_at from begun
union all
select subscription_key, i, is_old, -1, started_at, trial_end_at from stripe_subscription where trial_end_at is not null;

create temp table moment as
with steps as (

    select subscription_key, from_at as seen_at,
        case when phase.status = 'canceled' then 'deleted' when phase.step = 1 then 'created' else 'updated' end as what
    from phase
    inner join stripe_subscription using (subscription_key)

),

renewals as (

    select subscription_key, begun_at as seen_at, 'updated' as what
    from period
    anti join steps on period.subscription_key = steps.subscription_key and period.begun_at = steps.seen_at
    where k >= 1

),

listings as (

    select subscription_key, pulled_at as seen_at, 'listed' as what
    from stripe_subscription
    inner join pull on started_at < pulled_at

)

select * from steps union all select * from renewals union all select * from listings;

create temp table subscription_state as
with in_phase as (

    select moment.*, phase.* exclude (subscription_key, i, story, started_at, is_generic)
    from moment
    asof inner join phase on moment.subscription_key = phase.subscription_key and moment.seen_at >= phase.from_at

),

in_period as (

    select in_phase.*, period.begun_at, period.over_at, period.k
    from in_phase
    asof inner join period on in_phase.subscription_key = period.subscription_key and in_phase.seen_at >= period.begun_at

)

select
    in_period.*, s.i, s.story, s.is_old, s.started_at, s.trial_end_at, s.anchor_at, s.end_cause, s.ended_at, s.cancel_asked_at,
    s.ended_at is not null and s.ended_at <= seen_at as is_over, s.cancel_asked_at is not null and s.cancel_asked_at <= seen_at as is_asked,
    price.product, price.currency, price.amount, price.interval as every, price.usage
from in_period
inner join stripe_subscription as s on in_period.subscription_key = s.subscription_key
inner join price on in_period.price = price.price;

create temp table subscription_json as
with parts as (

    select
        *,
        item_json(is_old, made_id('si_', subscription_key), subscription_key, begun_at, over_at, started_at,
            price_json(price, product, currency, amount, every, usage), quantity) as licensed,
        case when story = 'metered' then item_json(is_old, made_id('sm_', subscription_key), subscription_key, begun_at, over_at,
            started_at,
            price_json('price_calls_usd_month', 'prod_usage', 'usd', 5::bigint, 'month', 'metered'), null) end as metered,
        case when discount_end_at > seen_at then discount_json(is_old, subscription_key, i, discount_percent, started_at,
            discount_end_at) end as discount
    from subscription_state

),

listed_items as (

    select *, to_json({
        'object': 'list', 'data': list_filter([licensed, metered], lambda item: item is not null), 'has_more': false,
        'total_count': case when metered is null then 1 else 2 end,
            'url': concat('/v1/subscription_items?subscription=', sub(subscription_key))
    }) as items
    from parts

),

shown as (

    select *, joined(
        to_json({
            'id': sub(subscription_key), 'object': 'subscription', 'billing_cycle_anchor': seconds(anchor_at),
            'cancel_at': case when is_asked then seconds(coalesce(ended_at, over_at)) end, 'cancel_at_period_end': is_asked and not is_over,
            'canceled_at': case when is_asked then seconds(cancel_asked_at) when is_over then seconds(ended_at) end,
            'cancellation_details': {
                'comment': null, 'feedback': null,
                'reason': case when is_over then end_cause when is_asked then 'cancellation_requested' end
            },
            'collection_method': 'charge_automatically', 'created': seconds(started_at), 'currency': currency, 'customer': cus(i),
            'ended_at': case when is_over then seconds(ended_at) end, 'items': items,
            'latest_invoice': made_id('in_', concat(subscription_key, '|', k)), 'livemode': true, 'metadata': json('{}'),
            'pause_collection': case when paused then json('{"behavior":"void","resumes_at":null}') end, 'schedule': null,
            'start_date': seconds(started_at), 'status': status, 'test_clock': null,
            'trial_end': seconds(trial_end_at), 'trial_start': case when trial_end_at is not null then seconds(started_at) end
        }),
        case
            when is_old then to_json({
                'current_period_start': seconds(begun_at), 'current_period_end': seconds(over_at), 'discount': discount,
                    'quantity': quantity
            })
            else to_json({'discounts': case when discount is null then json('[]') else json_array(discount) end})
        end
    ) as object
    from listed_items

)

select *,
    -- what an event says of before: the keys that changed, as they were
    lag(status) over known as status_before, lag(items) over known as items_before, lag(quantity) over known as quantity_before,
    lag(price) over known as price_before, lag(paused) over known as paused_before, lag(is_asked) over known as asked_before,
    lag(begun_at) over known as begun_before, lag(over_at) over known as over_before
from shown
window known as (partition by subscription_key, what = 'listed' order by seen_at);
"""

LISTINGS = """
insert into delivery
select 'stripe', 'subscriptions', concat('stripe/subscriptions/', name, '.ndjson'),
    row_number() over (order by started_at desc, subscription_key),
    'loaded', null, object::varchar
from subscription_json
inner join pull on seen_at = pulled_at
where what = 'listed';

insert into delivery
select 'stripe', 'customers', concat('stripe/customers/', name, '.ndjson'), row_number() over (order by created_at desc, i), 'loaded', null,
    to_json({
        'id': cus(i), 'object': 'customer', 'address': {'country': country}, 'balance': 0, 'created': seconds(account.created_at),
            'currency': case when story = 'jpy' then 'jpy' else 'usd' end,
        'delinquent': coalesce((
            select bool_or(phase.status = 'past_due') from phase
            where phase.i = account.i and phase.from_at < pulled_at and coalesce(phase.to_at, timestamp '9999-01-01') >= pulled_at
        ), false),
        'description': null, 'email': printf('billing@customer%d.example', i),
            'invoice_settings': {'default_payment_method': null, 'footer': null},
        'livemode': true, 'metadata': {'account_id': account_id}, 'name': name_of_account
    })::varchar
from (select * rename (name as name_of_account) from account) as account
inner join pull on account.created_at < pulled_at
where i in (select i from stripe_subscription);

insert into delivery
select 'stripe', 'products', concat('stripe/products/', name, '.ndjson'), row_number() over (order by product), 'loaded', null,
    to_json({
        'id': product, 'object': 'product', 'active': true, 'created': seconds(getvariable('first_day')::timestamp - interval 90 day),
            'default_price': null,
        'livemode': true, 'metadata': {'tier': tier}, 'name': concat(upper(product[6]), product[7:]), 'type': 'service',
        'updated': seconds(getvariable('first_day')::timestamp - interval 90 day)
    })::varchar
from (select product, min(tier) as tier from price where price like 'price_%' group by product)
cross join pull;

insert into delivery
select 'stripe', 'prices', concat('stripe/prices/', name, '.ndjson'), row_number() over (order by price), 'loaded', null,
    price_json(price, product, currency, amount, interval, usage)::varchar
from price
cross join pull
where price like 'price_%';
"""

INVOICES = """
-- A bill per period, and one for an upgrade in the middle of a period: what is left of it at the old price back, at the new price due.
create temp table bill as
with cycles as (

    select
        made_id('in_', concat(period.subscription_key, '|', k)) as invoice_id, period.subscription_key, period.i, period.is_old, k,
            begun_at as billed_at,
        begun_at as from_at, over_at as to_at, phase.price, phase.quantity, price.currency,
        case when k < 0 then 0 else price.amount * phase.quantity end as subtotal,
        case when phase.discount_end_at > begun_at then phase.discount_percent else 0 end as percent,
        null::bigint as back, null::bigint as due, null as price_before,
        case when k <= 0 and phase.from_at = begun_at and phase.step = 1 then 'subscription_create' else 'subscription_cycle' end as why,
        phase.status = 'past_due' as is_late, phase.to_at as late_until, s.story, s.ended_at
    from period
    asof inner join phase on period.subscription_key = phase.subscription_key and period.begun_at >= phase.from_at
    inner join price on phase.price = price.price
    inner join stripe_subscription as s on period.subscription_key = s.subscription_key
    where not phase.paused

),

upgrades as (

    select
        made_id('in_', concat(after.subscription_key, '|upgrade')), after.subscription_key, after.i, period.is_old, 1000, after.from_at,
        after.from_at, period.over_at, after.price, after.quantity, new.currency,
        half_up(new.amount * after.quantity * (seconds(over_at) - seconds(after.from_at)), seconds(over_at) - seconds(begun_at))
        - half_up(old.amount * before.quantity * (seconds(over_at) - seconds(after.from_at)), seconds(over_at) - seconds(begun_at)),
        0, half_up(old.amount * before.quantity * (seconds(over_at) - seconds(after.from_at)), seconds(over_at) - seconds(begun_at)),
        half_up(new.amount * after.quantity * (seconds(over_at) - seconds(after.from_at)), seconds(over_at) - seconds(begun_at)),
            before.price,
        'subscription_update', false, null::timestamp, after.story, null::timestamp
    from phase as after
    inner join phase as before on after.subscription_key = before.subscription_key and after.step = before.step + 1
    inner join price as new on after.price = new.price
    inner join price as old on before.price = old.price
    inner join period on after.subscription_key = period.subscription_key and after.from_at >= begun_at and after.from_at < over_at
    where after.story = 'upgrade'

)

select
    *, half_up(subtotal * percent, 100) as discounted, subtotal - half_up(subtotal * percent, 100) as total,
    case when not is_late then billed_at + interval 1 hour when story = 'past_due_recovers' then late_until end as paid_at,
    case when is_late and story = 'past_due_lost' then late_until end as given_up_at,
    -- half of the last bill goes back to who leaves in the middle of a period
    case when story = 'returns' and ended_at < to_at and ended_at >= from_at then ended_at + interval 1 hour end as refunded_at
from (select * from cycles union all select * from upgrades);

create temp table invoice_shown as
with states as (

    select bill.*, pull.pulled_at, pull.name, paid_at is not null and paid_at < pulled_at as is_paid, given_up_at is not null
        and given_up_at < pulled_at as is_given_up
    from bill
    inner join pull on billed_at < pulled_at

),

described as (

    select *,
        case when is_paid then 'paid' when is_given_up then 'uncollectible' else 'open' end as status,
        case when discounted > 0 then json_array(json_object('amount', discounted, 'discount', made_id('di_', subscription_key)))
            else json('[]') end as discount_amounts,
        case when why = 'subscription_update'
            then [{'n': 1, 'amount': -back, 'price': price_before, 'proration': true},
                {'n': 2, 'amount': due, 'price': price, 'proration': true}]
            else [{'n': 1, 'amount': subtotal, 'price': price, 'proration': false}]
        end as line_parts
    from states

),

lines as (

    select *, list_transform(line_parts, lambda part: joined(
        to_json({
            'id': made_id('il_', concat(invoice_id, '|', part.n)), 'object': 'line_item', 'amount': part.amount, 'currency': currency,
                'description': part.price,
            'discount_amounts': discount_amounts, 'discountable': not part.proration, 'livemode': true, 'metadata': json('{}'),
            'period': {'start': seconds(from_at), 'end': seconds(to_at)}, 'quantity': quantity
        }),
        case when is_old
            then to_json({
                'type': 'subscription', 'proration': part.proration, 'subscription': sub(subscription_key),
                    'subscription_item': made_id('si_', subscription_key),
                'price': {'id': part.price, 'object': 'price'}, 'tax_amounts': json('[]')
            })
            else to_json({
                'parent': {'type': 'subscription_item_details', 'subscription_item_details': {
                    'proration': part.proration, 'subscription': sub(subscription_key),
                        'subscription_item': made_id('si_', subscription_key)
                }},
                'pricing': {'type': 'price_details', 'price_details': {'price': part.price}}, 'taxes': json('[]')
            })
        end
    )) as line_objects
    from described

)

select *, joined(
    to_json({
        'id': invoice_id, 'object': 'invoice', 'amount_due': total, 'amount_paid': case when is_paid then total else 0 end,
        'amount_remaining': case when is_paid then 0 else total end, 'attempted': true, 'billing_reason': why,
            'collection_method': 'charge_automatically',
        'created': seconds(billed_at), 'currency': currency, 'customer': cus(i), 'due_date': null, 'livemode': true, 'metadata': json('{}'),
        'lines': {'object': 'list', 'data': line_objects, 'has_more': false, 'total_count': len(line_objects),
            'url': concat('/v1/invoices/', invoice_id, '/lines')},
        'number': concat('DEMO-', right(invoice_id, 8)), 'period_start': seconds(billed_at), 'period_end': seconds(billed_at),
        'post_payment_credit_notes_amount': case when story = 'cancels' and k = 0 then 500 else 0 end,
            'pre_payment_credit_notes_amount': 0, 'starting_balance': 0, 'ending_balance': 0,
        'status': status, 'status_transitions': {
            'finalized_at': seconds(billed_at), 'marked_uncollectible_at': case when is_given_up then seconds(given_up_at) end,
            'paid_at': case when is_paid then seconds(paid_at) end, 'voided_at': null
        },
        'subtotal': subtotal, 'total': total, 'total_discount_amounts': discount_amounts
    }),
    case when is_old
        then to_json({'subscription': sub(subscription_key), 'charge': case when is_paid and total > 0
            then made_id('ch_', invoice_id) end, 'paid': is_paid, 'tax': null})
        else to_json({'parent': {'type': 'subscription_details', 'subscription_details': {'subscription': sub(subscription_key)}},
            'total_taxes': json('[]')})
    end
) as object
from lines;

insert into delivery
select 'stripe', 'invoices', concat('stripe/invoices/', name, '.ndjson'), row_number() over (order by billed_at desc, invoice_id),
    'loaded', null, object::varchar
from invoice_shown;

create temp table charge as
select made_id('ch_', invoice_id) as charge_id, invoice_id, i, is_old, currency, total, paid_at as charged_at, 'succeeded' as status,
    refunded_at
from bill where paid_at is not null and total > 0 and paid_at < getvariable('end_at')
union all
select made_id('ch_', concat(invoice_id, '|failed')), invoice_id, i, is_old, currency, total, billed_at, 'failed', null
from bill where is_late;

insert into delivery
select 'stripe', 'charges', concat('stripe/charges/', name, '.ndjson'), row_number() over (order by charged_at desc, charge_id),
    'loaded', null, joined(
    to_json({
        'id': charge_id, 'object': 'charge', 'amount': total, 'amount_captured': case when status = 'succeeded' then total else 0 end,
        'amount_refunded': case when refunded_at < pulled_at then total // 2 else 0 end, 'balance_transaction': case
            when status = 'succeeded' then made_id('txn_', charge_id) end,
        'captured': status = 'succeeded', 'created': seconds(charged_at), 'currency': currency, 'customer': cus(i), 'disputed': false,
        'failure_code': case when status = 'failed' then 'card_declined' end, 'livemode': true, 'metadata': json('{}'),
            'paid': status = 'succeeded',
        'payment_intent': made_id('pi_', charge_id), 'refunded': false, 'status': status
    }),
    case when is_old then to_json({'invoice': invoice_id}) else to_json({'receipt_number': null}) end
)::varchar
from charge
inner join pull on charged_at < pulled_at;

insert into delivery
select 'stripe', 'refunds', concat('stripe/refunds/', name, '.ndjson'), row_number() over (order by refunded_at desc, charge_id),
    'loaded', null, to_json({
    'id': made_id('re_', charge_id), 'object': 'refund', 'amount': total // 2, 'balance_transaction': made_id('txn_re_', charge_id),
        'charge': charge_id,
    'created': seconds(refunded_at), 'currency': currency, 'metadata': json('{}'), 'payment_intent': made_id('pi_', charge_id),
        'reason': 'requested_by_customer', 'status': 'succeeded'
})::varchar
from charge
inner join pull on refunded_at < pulled_at
where refunded_at < getvariable('end_at');

insert into delivery
select 'stripe', 'credit_notes', concat('stripe/credit_notes/', name, '.ndjson'),
    row_number() over (order by billed_at desc, invoice_id), 'loaded', null, joined(
    to_json({
        'id': made_id('cn_', invoice_id), 'object': 'credit_note', 'amount': 500, 'created': seconds(paid_at + interval 2 day),
            'currency': currency, 'customer': cus(i),
        'effective_at': seconds(paid_at + interval 2 day), 'invoice': invoice_id, 'livemode': true, 'metadata': json('{}'),
            'number': concat('CN-', right(invoice_id, 8)), 'reason': 'order_change',
        'status': 'issued', 'subtotal': 500, 'total': 500, 'type': 'post_payment'
    }),
    case when is_old then to_json({'refund': null})
        else to_json({'refunds': json('[]'), 'pre_payment_amount': 0, 'post_payment_amount': 500}) end
)::varchar
from bill
inner join pull on paid_at + interval 2 day < pulled_at
where story = 'cancels' and k = 0;
"""

EVENTS = """
insert into delivery
with told as (

    select *, made_id('evt_', concat(subscription_key, '|', seen_at)) as event_id, what = 'updated' as has_before,
        '{' || array_to_string(list_filter([
            case when status_before != status then concat('"status":"', status_before, '"') end,
            case when price_before != price or quantity_before != quantity then concat('"items":', items_before) end,
            case when is_old and quantity_before != quantity then concat('"quantity":', quantity_before) end,
            case when paused_before != paused
                then concat('"pause_collection":', case when paused_before then '{"behavior":"void","resumes_at":null}'
                else 'null' end) end,
            case when asked_before != is_asked then '"cancel_at_period_end":false,"cancel_at":null,"canceled_at":null' end,
            case when is_old and begun_before != begun_at then concat('"current_period_start":', seconds(begun_before),
                ',"current_period_end":', seconds(over_before)) end,
            case when not is_old and begun_before != begun_at and price_before = price and quantity_before = quantity
                then concat('"items":', items_before) end
        ], lambda part: part is not null), ',') || '}' as previous
    from subscription_json
    where what != 'listed' and seen_at < getvariable('end_at')

),

lines as (

    select *, to_json({
        'id': event_id, 'object': 'event', 'api_version': case when is_old then '2020-08-27' else '2025-03-31.basil' end,
            'created': seconds(seen_at),
        'data': case when has_before then to_json({'object': object, 'previous_attributes': previous::json})
            else to_json({'object': object}) end,
        'livemode': true, 'pending_webhooks': 0, 'request': {'id': null, 'idempotency_key': null},
            'type': concat('customer.subscription.', what)
    })::varchar as line, pick('replay', event_id, 12) = 0 and seen_at < getvariable('end_at') - interval 40 day as is_replayed
    from told

),

deliveries as (

    select seen_at as sent_at, event_id, line, 'loaded' as fate, null as reason from lines
    union all
    -- at least once: some come again a month later
    select seen_at + interval 31 day, event_id, line, 'duplicate', 'replayed' from lines where is_replayed

),

broken as (

    select getvariable('last_day')::timestamp as sent_at, 'evt_broken' as event_id,
        '{"id": "evt_broken", "object": "event", "created": "soon", "type": "customer.subscription.updated", '
        || '"livemode": true, "data": {"object": {}}}' as line,
        'quarantined' as fate, 'wrong type' as reason

)

-- newest first, as Stripe lists
select 'stripe', 'events', strftime(sent_at, 'stripe/events/%Y-%m.ndjson'), row_number() over (order by sent_at desc, event_id), fate,
    reason, line
from (select * from deliveries union all select * from broken);
"""

# An object that is listed again just as it was is a repeat of the listing before.
UNCHANGED = """
create temp table listed as
select row_number() over (partition by object, line order by file, seq) > 1 as is_again, *
from delivery
where vendor = 'stripe' and object != 'events';

delete from delivery where vendor = 'stripe' and object != 'events';

insert into delivery
select vendor, object, file, seq, case when is_again then 'duplicate' else 'loaded' end, case when is_again then 'unchanged' end, line
from listed;
"""


def deliver_stripe(con: DuckDBPyConnection) -> None:
    """Add Stripe's files to the table `delivery`."""
    for sql in (MACROS, MOMENTS, LISTINGS, INVOICES, EVENTS):
        con.execute(sql)
    deliver_stripe_balance(con)
    con.execute(UNCHANGED)
