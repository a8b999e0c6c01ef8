"""A few numbers to recognise the company by, read from the marts that were built last."""

from __future__ import annotations

from typing import Any

from signalhouse.ask import ask
from signalhouse.settings import Settings

# Each gives number, value and of. Only what a mart says already is read here: no formula lives outside the models.
# The newest of all is taken by `limit`: of no rows, DuckDB 1.5.5 makes one of nulls where `row_number() over (order by ...) = 1` is asked.
_NUMBERS = {
    "active_users_daily": """
        select 'active ' || unit || 's, 28 days' as number, active_28d::varchar as value, 'on ' || day as of
        from mart.active_users_daily
        where segment_type = 'all' and active_28d is not null
        qualify row_number() over (partition by unit order by day desc) = 1
        order by unit desc
    """,
    "activation_by_cohort": """
        select 'activation of ' || unit || 's' as number, format('{:.1f} %', 100 * activation_rate) as value,
            activated || ' of ' || signed_up || ' signed up in the ' || cohort_period || ' of ' || cohort_start as of
        from mart.activation_by_cohort
        where is_mature and activation_rate is not null and cohort_period = 'week'
        qualify row_number() over (partition by unit order by cohort_start desc) = 1
        order by unit desc
    """,
    "mrr_movements": """
        select 'MRR, ' || currency as number, regexp_replace(format('{:,.2f}', closing_mrr::double), '[.]00$', '') as value,
            'on ' || month_end as of
        from mart.mrr_movements
        where basis = 'currency' and closing_mrr is not null
        qualify row_number() over (partition by currency order by month desc) = 1
        order by currency
    """,
    "churn_by_month": """
        select 'logo churn' as number, format('{:.1f} %', 100 * logo_churn_rate) as value,
            churned_accounts || ' of ' || accounts_at_start || ' paying accounts left in ' || strftime(month, '%Y-%m') as of
        from mart.churn_by_month
        where plan_tier = 'all' and is_complete and logo_churn_rate is not null
        order by month desc limit 1
    """,
}


def headline(settings: Settings) -> list[dict[str, Any]]:
    """[{number, value, of, mart}] as text: active persons, activation, MRR by currency, logo churn."""
    asked = zip(_NUMBERS, ask(settings, _NUMBERS.values()), strict=True)
    return [{**row, "mart": mart} for mart, rows in asked for row in rows]
