"""Money as it moved: fees in Stripe's balance, and what every account has been worth by then.

`money_moved` holds one row per payment or refund, in whole minor units, noted by the writer of the tool that took it; the truth of
lifetime values follows from it and from the rates of exchange that were delivered, in whole millionths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MONEY_MOVED = """
create table money_moved (
    source varchar, account_id varchar, occurred_at timestamp, kind varchar, currency varchar, amount bigint, tax bigint,
    fee_currency varchar, fee bigint
);
"""

# Stripe settles in dollars: 2.9 % and 30 cents of what a charge comes to there, at a rate of its own. Refunds cost nothing.
STRIPE_BALANCE = """
create temp table balance_entry as
with settled as (

    select *, case when currency = 'jpy' then half_up(total * 67, 100) else total end as settled,
        case when currency = 'jpy' then 0.0067 end as exchange_rate
    from charge
    where status = 'succeeded'

)

select made_id('txn_', charge_id) as id, charge_id as source_id, 'charge' as kind, i, currency, total as amount, settled, exchange_rate,
    half_up(settled * 29, 1000) + 30 as fee, charged_at as made_at
from settled
union all
select made_id('txn_re_', charge_id), made_id('re_', charge_id), 'refund', i, currency, total // 2,
    case when currency = 'jpy' then -half_up((total // 2) * 67, 100) else -(total // 2) end, exchange_rate, 0, refunded_at
from settled
where refunded_at < getvariable('end_at');

insert into delivery
select 'stripe', 'balance_transactions', concat('stripe/balance_transactions/', name, '.ndjson'), row_number() over (order by made_at desc, id),
    'loaded', null, to_json({
        'id': id, 'object': 'balance_transaction', 'amount': settled, 'available_on': seconds(made_at + interval 2 day), 'created': seconds(made_at),
        'currency': 'usd', 'description': null, 'exchange_rate': exchange_rate, 'fee': fee, 'net': settled - fee,
        'reporting_category': kind, 'source': source_id, 'status': 'available', 'type': kind
    })::varchar
from balance_entry
inner join (select *, coalesce(lag(pulled_at) over (order by pulled_at), timestamp '2000-01-01') as pulled_before from pull) as pull
    on made_at < pulled_at and made_at >= pulled_before;

insert into money_moved
select 'stripe', account_id, made_at, case kind when 'charge' then 'payment' else kind end, upper(balance_entry.currency), amount, 0, 'USD', fee
from balance_entry
inner join account on balance_entry.i = account.i;
"""

GENERIC_BALANCE = """
insert into money_moved
select 'generic', account_id, paid, 'payment', upper(currency), net + half_up(net * 19, 100), half_up(net * 19, 100), upper(currency), 30
from generic_invoice
where paid < getvariable('end_at');
"""

# Amounts in millionths of a dollar.
LTV_TRUTH = """
with rate as (

    select split_part(line, ',', 1)::date as day, split_part(line, ',', 2) as currency,
        (max(split_part(line, ',', 4)::decimal(18, 6)) * 1000000)::bigint as micros
    from delivery
    where object = 'fx_rates' and fate = 'loaded'
    group by all
    union all
    select day, 'USD', 1000000 from (select (getvariable('first_day') + d::int) as day from range(0, getvariable('days')) as days(d))

),

valued as (

    select account_id, date_trunc('month', occurred_at)::date as month, kind,
        half_up(amount * rate.micros, case when money_moved.currency = 'JPY' then 1 else 100 end) as amount,
        half_up(tax * rate.micros, case when money_moved.currency = 'JPY' then 1 else 100 end) as tax,
        half_up(fee * fee_rate.micros, 100) as fee
    from money_moved
    left join rate on money_moved.currency = rate.currency and occurred_at::date = rate.day
    left join rate as fee_rate on fee_currency = fee_rate.currency and occurred_at::date = fee_rate.day

),

member as (

    select account_id, min(month) filter (where kind = 'payment') as cohort_month
    from valued
    group by account_id

),

cell as (

    select cohort_month, date_trunc('month', day)::date as month, count(*) as accounts
    from member
    cross join month_end
    where date_trunc('month', day) >= cohort_month
    group by all

)

select cell.cohort_month, cell.month, cell.accounts,
    sum(amount) filter (where kind = 'payment' and valued.month = cell.month)::bigint as collected,
    coalesce(sum(amount) filter (where kind = 'payment'), 0)::bigint as collected_to_date,
    coalesce(sum(amount) filter (where kind = 'refund'), 0)::bigint as refunded_to_date,
    sum(tax)::bigint as tax_to_date, sum(fee)::bigint as fees_to_date,
    half_up((sum(case when kind = 'payment' then amount else -amount end) - sum(tax) - sum(fee)) * 8, 10)::bigint as ltv
from cell
inner join member on cell.cohort_month = member.cohort_month
inner join valued on member.account_id = valued.account_id and valued.month <= cell.month
group by cell.cohort_month, cell.month, cell.accounts
order by cell.cohort_month, cell.month
"""


def make_payments(con: DuckDBPyConnection) -> None:
    """Make the empty table money_moved, for the writers to fill."""
    con.execute(MONEY_MOVED)


def deliver_stripe_balance(con: DuckDBPyConnection) -> None:
    """Add Stripe's balance transactions to `delivery` and its payments to `money_moved`, from the writer's charges."""
    con.execute(STRIPE_BALANCE)


def note_generic_payments(con: DuckDBPyConnection) -> None:
    """Add the paid generic invoices to `money_moved`."""
    con.execute(GENERIC_BALANCE)
