-- Which plan an account was on at the end of each day it was used, the highest of several. A subscription's states come from its
-- events, which say when, and beyond the last of them from listings, placed at the latest time they prove.

create temp table listed as
select *, row_number() over () as place
from read_json(
    getvariable('landing') || '/stripe/subscriptions/*.ndjson',
    format = 'newline_delimited',
    columns = {
        id: 'varchar', customer: 'varchar', status: 'varchar', created: 'bigint', start_date: 'bigint', canceled_at: 'bigint',
        ended_at: 'bigint', trial_start: 'bigint', trial_end: 'bigint', current_period_start: 'bigint', latest_invoice: 'varchar',
        pause_collection: 'struct(resumes_at bigint)',
        items: 'struct(data struct(current_period_start bigint, price struct(id varchar, product varchar), plan struct(id varchar, product varchar))[])'
    }
);

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
            data: 'struct(previous_attributes json, object struct(object varchar, id varchar, customer varchar, status varchar, created bigint,
                start_date bigint, canceled_at bigint, ended_at bigint, trial_start bigint, trial_end bigint, latest_invoice varchar,
                pause_collection struct(resumes_at bigint),
                items struct(data struct(price struct(id varchar, product varchar), plan struct(id varchar, product varchar))[])))'
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
    coalesce(due_date, status_transitions.finalized_at, created) as fell_due_at,
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
with numbered as (
    select
        *,
        row_number() over (
            partition by object.id
            order by created, case type when 'customer.subscription.created' then 0 when 'customer.subscription.deleted' then 2 else 1 end, event_id
        ) as n
    from told
),
event_version as (
    select
        object.id as subscription_id, object.customer as customer_id, object.status as status, object.items.data as items,
        object.pause_collection as pause, object.latest_invoice as invoice_id, coalesce(object.start_date, object.created) as started_at,
        object.trial_start as trial_start, object.trial_end as trial_end, coalesce(object.ended_at, object.canceled_at) as ended_at,
        created as version_at, 1 as kind, n, type, before
    from numbered
),
-- What the first event says it changed.
before_version as (
    select
        * replace (
            case when json_exists(before, '$.status') then before ->> '$.status' else status end as status,
            case
                when json_exists(before, '$.items')
                    then from_json(before -> '$.items.data', '[{"price":{"id":"VARCHAR","product":"VARCHAR"},"plan":{"id":"VARCHAR","product":"VARCHAR"}}]')
                else items
            end as items,
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
        id as subscription_id, customer as customer_id, status,
        list_transform(items.data, lambda item: {'price': item.price, 'plan': item.plan}) as items,
        pause_collection as pause, latest_invoice as invoice_id, coalesce(start_date, created) as started_at, trial_start, trial_end,
        coalesce(ended_at, canceled_at) as ended_at,
        greatest(coalesce(start_date, created), current_period_start, items.data[1].current_period_start, canceled_at, ended_at) as version_at,
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
        max(case when is_last and status in ('canceled', 'incomplete_expired') then coalesce(ended_at, version_at) end)
            over (partition by subscription_id) as service_ended_at
    from placed
)
select
    *,
    case when version_number = 1 then started_at else version_at end as span_from,
    least(coalesce(next_at, 253370764800), coalesce(service_ended_at, 253370764800)) as span_to
from ended;

-- When payment fell due and stayed so: one run, however many versions tell of it.
create temp table due as
with run as (
    select
        version.*,
        coalesce(invoice.fell_due_at, version.version_at) as fell_due_at,
        sum((version.status <> 'past_due')::int) over (partition by subscription_id order by version_number) as run_number
    from version
    left join invoice using (invoice_id)
)
select subscription_id, min(fell_due_at) as fell_due_at, max(span_to) as due_to
from run
where status = 'past_due'
group by subscription_id, run_number;

create temp table trial as
select subscription_id, trial_start as trial_from, case when status = 'trialing' then 253370764800 else coalesce(trial_end, 253370764800) end as trial_to
from version
where is_last and trial_start is not null;

create temp table tier as
select plan, plan_tier, tier_rank from read_csv('seeds/demo/plans.csv') where source = 'stripe';

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

-- What an account held, item by item, as intervals.
create temp table holding as
select
    account_id,
    subscription_id,
    span_from,
    span_to,
    status,
    case
        when pause is null and status <> 'paused' then 253370764800
        when version_number = 1 and status <> 'paused' then version_at
        else span_from
    end as pause_from,
    coalesce(pause.resumes_at, 253370764800) as pause_to,
    coalesce(by_price.plan_tier, by_plan.plan_tier, 'unknown') as plan_tier,
    coalesce(by_price.tier_rank, by_plan.tier_rank, 0) as tier_rank
from (
    select * exclude (items), unnest(items) as item from version where span_from < span_to
) as held
inner join account_of_customer using (customer_id)
left join tier as by_price on coalesce(item.price.id, item.plan.id) = by_price.plan
left join tier as by_plan on coalesce(item.price.product, item.plan.product) = by_plan.plan;

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
select asked.account_id, asked.event_date, arg_max(holding.plan_tier, (holding.tier_rank, holding.plan_tier)) as plan_tier
from asked
inner join holding
    on asked.account_id = holding.account_id
    and holding.span_from < asked.day_end
    and holding.span_to >= asked.day_end
left join due on holding.subscription_id = due.subscription_id and due.fell_due_at < asked.day_end and due.due_to >= asked.day_end
left join trial on holding.subscription_id = trial.subscription_id and trial.trial_from < asked.day_end and trial.trial_to >= asked.day_end
where holding.status not in ('incomplete', 'incomplete_expired')
    and (
        holding.status = 'trialing'
        or trial.subscription_id is not null
        or not (
            (holding.pause_from < asked.day_end and holding.pause_to >= asked.day_end)
            or holding.status = 'unpaid'
            or coalesce(due.fell_due_at + 14 * 86400 < asked.day_end, false)
        )
    )
group by asked.account_id, asked.event_date;
