-- What was collected, given back and lost to fees, at the rate of its day, by the month in which accounts first paid. Money is whole
-- numbers until it is divided, once, half away from zero.

create temp table charge as
select
    id as charge_id,
    customer as customer_id,
    invoice as invoice_id,
    payment_intent as payment_intent_id,
    coalesce(amount_captured, amount) as amount,
    upper(currency) as currency,
    coalesce(status, 'succeeded') = 'succeeded' and coalesce(captured, true) as is_collected,
    balance_transaction as entry_id,
    make_timestamp(created * 1000000) as created_at,
    coalesce(livemode, true) as is_live
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/stripe/charges/*.ndjson',
        format = 'newline_delimited',
        columns = {
            id: 'varchar', customer: 'varchar', invoice: 'varchar', payment_intent: 'varchar', amount: 'bigint', amount_captured: 'bigint',
            currency: 'varchar', status: 'varchar', captured: 'boolean', balance_transaction: 'varchar', created: 'bigint', livemode: 'boolean'
        }
    )
)
qualify row_number() over (partition by id order by place desc) = 1;

create temp table entry as
select id as entry_id, coalesce(fee, 0) as fee, upper(currency) as currency
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/stripe/balance_transactions/*.ndjson',
        format = 'newline_delimited',
        columns = {id: 'varchar', fee: 'bigint', currency: 'varchar'}
    )
)
qualify row_number() over (partition by id order by place desc) = 1;

create temp table refund as
select id as refund_id, charge as charge_id, amount, upper(currency) as currency, status, balance_transaction as entry_id, created
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/stripe/refunds/*.ndjson',
        format = 'newline_delimited',
        columns = {
            id: 'varchar', charge: 'varchar', amount: 'bigint', currency: 'varchar', status: 'varchar', balance_transaction: 'varchar',
            created: 'bigint'
        }
    )
)
qualify row_number() over (partition by id order by place desc) = 1;

create temp table rate as
select from_currency as currency, day, max(rate) as rate
from (
    select day::date as day, upper(trim(from_currency)) as from_currency, upper(trim(to_currency)) as to_currency, rate::decimal(28, 9) as rate
    from read_csv(getvariable('landing') || '/generic/fx_rates/*.csv', all_varchar = true)
)
where to_currency = 'USD'
group by all;

create temp table movement as
with invoice_of_charge as (
    select charge_id, min(invoice_id) as invoice_id
    from (
        select charge_id, invoice_id from charge where invoice_id is not null
        union
        select charge_id, invoice_id from invoice where charge_id is not null and status <> 'draft'
        union
        select charge.charge_id, invoice.invoice_id
        from charge
        inner join (
            select invoice_id, unnest(list_append(coalesce(payment_intents, []), payment_intent_id)) as payment_intent_id
            from invoice
            where status <> 'draft'
        ) as invoice using (payment_intent_id)
    )
    group by charge_id
),
moved as (
    select true as is_payment, invoice_of_charge.invoice_id, customer_id, created_at as occurred_at, charge.currency, amount, fee, entry.currency as fee_currency, is_live
    from charge
    left join invoice_of_charge using (charge_id)
    left join entry using (entry_id)
    where is_collected
    union all
    select true, invoice_id, customer_id, make_timestamp(paid_at * 1000000), currency, amount_paid, null, null, coalesce(livemode, true)
    from invoice
    where status = 'paid' and is_paid_elsewhere
    union all
    select
        false, invoice_of_charge.invoice_id, charge.customer_id, make_timestamp(refund.created * 1000000), refund.currency, refund.amount, fee,
        entry.currency, coalesce(charge.is_live, true)
    from refund
    left join charge using (charge_id)
    left join invoice_of_charge on refund.charge_id = invoice_of_charge.charge_id
    left join entry on refund.entry_id = entry.entry_id
    where refund.status = 'succeeded'
),
in_house as (
    select
        moved.is_payment,
        moved.is_live,
        account_of_customer.account_id,
        moved.occurred_at::date as day,
        moved.currency,
        coalesce(moved.fee_currency, moved.currency) as fee_currency,
        power_of_ten(coalesce(own.house, 2)) as parts,
        power_of_ten(coalesce(fees.house, 2)) as fee_parts,
        rescaled(moved.amount, coalesce(own.stripe, own.house, 2), coalesce(own.house, 2)) as amount,
        rescaled(coalesce(moved.fee, 0), coalesce(fees.stripe, fees.house, 2), coalesce(fees.house, 2)) as fee,
        rescaled(invoice.tax, coalesce(own.stripe, own.house, 2), coalesce(own.house, 2)) as tax,
        rescaled(invoice.total, coalesce(own.stripe, own.house, 2), coalesce(own.house, 2)) as total
    from moved
    left join account_of_customer using (customer_id)
    left join invoice on moved.invoice_id = invoice.invoice_id and invoice.status <> 'draft'
    left join exponent as own on moved.currency = own.currency
    left join exponent as fees on coalesce(moved.fee_currency, moved.currency) = fees.currency
    where moved.occurred_at is not null and moved.amount is not null
),
rated as (
    select in_house.*, rate.rate, rate.day as rate_day
    from in_house
    asof left join rate on in_house.currency = rate.currency and in_house.day >= rate.day
),
fee_rated as (
    select rated.*, rate.rate as fee_rate, rate.day as fee_rate_day
    from rated
    asof left join rate on rated.fee_currency = rate.currency and rated.day >= rate.day
),
valued as (
    select
        *,
        case when currency = 'USD' then 1000000000 when day - rate_day <= 7 then round(rate * 1000000000, 0)::bigint end as billionths,
        case when fee_currency = 'USD' then 1000000000 when day - fee_rate_day <= 7 then round(fee_rate * 1000000000, 0)::bigint end as fee_billionths,
        case when coalesce(total, 0) > 0 and tax is not null then half_up(amount::hugeint * tax, total) else 0 end as tax_part
    from fee_rated
)
select
    account_id,
    day,
    date_trunc('month', day)::date as month,
    case when is_payment then amount else 0 end as collected_minor,
    at_rate(case when is_payment then amount else 0 end, billionths, parts) as collected,
    at_rate(case when is_payment then 0 else amount end, billionths, parts) as refunded,
    at_rate(case when is_payment then tax_part else -tax_part end, billionths, parts) as tax,
    at_rate(fee, fee_billionths, fee_parts) as fee
from valued
where is_live and account_id is not null and day <= getvariable('as_of');

create or replace table mart.ltv_by_cohort as
with first_paid as (
    select account_id, min(month) as cohort_month from movement where collected_minor > 0 group by account_id
),
month_of_cohort as (
    select cohort_month, accounts, unnest(generate_series(cohort_month::timestamp, getvariable('as_of')::timestamp, interval 1 month))::date as month
    from (select cohort_month, count(*) as accounts from first_paid group by cohort_month)
),
by_month as (
    select
        cohort_month,
        month,
        count(*) as movements,
        count(distinct case when collected_minor > 0 then account_id end) as paying_accounts,
        sum(collected) as collected,
        sum(refunded) as refunded,
        sum(tax) as tax,
        sum(fee) as fees,
        count(*) filter (collected is null or refunded is null or tax is null or fee is null) as without_rate
    from movement
    inner join first_paid using (account_id)
    group by cohort_month, month
),
running as (
    select
        cohort_month,
        month,
        accounts,
        coalesce(paying_accounts, 0) as paying_accounts,
        coalesce(movements, 0) as movements,
        coalesce(without_rate, 0) as without_rate,
        coalesce(collected, 0) as collected,
        coalesce(refunded, 0) as refunded,
        coalesce(tax, 0) as tax,
        coalesce(fees, 0) as fees,
        sum(coalesce(collected, 0)) over to_date as collected_to_date,
        sum(coalesce(refunded, 0)) over to_date as refunded_to_date,
        sum(coalesce(tax, 0)) over to_date as tax_to_date,
        sum(coalesce(fees, 0)) over to_date as fees_to_date,
        sum(coalesce(without_rate, 0)) over to_date as without_rate_to_date
    from month_of_cohort
    left join by_month using (cohort_month, month)
    window to_date as (partition by cohort_month order by month)
),
final as (
    select
        cohort_month,
        datediff('month', cohort_month, month) as age_months,
        month,
        least(last_day(month), getvariable('as_of')) as month_end,
        last_day(month) <= getvariable('as_of') as is_mature,
        accounts,
        paying_accounts,
        movements,
        case when without_rate = 0 then collected::decimal(28, 6) end as collected,
        case when without_rate = 0 then refunded::decimal(28, 6) end as refunded,
        case when without_rate = 0 then tax::decimal(28, 6) end as tax,
        case when without_rate = 0 then fees::decimal(28, 6) end as fees,
        case when without_rate_to_date = 0 then collected_to_date::decimal(28, 6) end as collected_to_date,
        case when without_rate_to_date = 0 then refunded_to_date::decimal(28, 6) end as refunded_to_date,
        case when without_rate_to_date = 0 then tax_to_date::decimal(28, 6) end as tax_to_date,
        case when without_rate_to_date = 0 then fees_to_date::decimal(28, 6) end as fees_to_date,
        case
            when without_rate_to_date = 0
                then ((collected_to_date - refunded_to_date - tax_to_date - fees_to_date)::decimal(24, 6) * 0.8::decimal(7, 6))::decimal(28, 6)
        end as ltv,
        without_rate_to_date::bigint as payments_without_rate_to_date
    from running
)
select *, ltv::double / nullif(accounts::double, 0) as ltv_per_account
from final;
