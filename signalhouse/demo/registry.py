"""Who adds what to the demo company.

A domain (support, reliability, feedback) draws its own tables from the plan's, tells what is true of them and which ids its tools
give to people. A vendor's writer reads plan tables and adds rows to `delivery`:
(vendor, object, file, seq, fate, reason, line), one row per record, whose fate is its truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Step = Callable[["DuckDBPyConnection"], None]


@dataclass(frozen=True)
class Domain:
    """`make` runs once after `make_plan`, whichever vendors are on.

    `truth` holds a query by name, whose rows stand in the truth under `domains`. `ids` is a query of (source, person, id): the
    ids, as the warehouse writes them, by which a source knows the person `'u' || person.u`.
    """

    make: Step
    truth: Mapping[str, str] = field(default_factory=dict)
    ids: str = ""


def domains() -> tuple[Domain, ...]:
    """Every domain, in the order in which they are made: one line each."""
    from signalhouse.demo.payments import LTV_TRUTH, make_payments
    from signalhouse.demo.plan_feedback import IDS, NPS_TRUTH, make_feedback
    from signalhouse.demo.plan_reliability import TRUTH, make_reliability
    from signalhouse.demo.plan_support import SUPPORT_IDS, SUPPORT_TRUTH, make_support

    return (
        Domain(make_feedback, {"nps_by_month": NPS_TRUTH}, IDS),
        Domain(make_reliability, TRUTH),
        Domain(make_support, SUPPORT_TRUTH, SUPPORT_IDS),
        Domain(make_payments, {"ltv_by_cohort": LTV_TRUTH}),
    )  # fmt: skip


def writers() -> dict[str, Step]:
    """Every vendor's writer by the vendor's name, in the order of `params.VENDORS`: one line each."""
    from signalhouse.demo.amplitude import deliver_amplitude
    from signalhouse.demo.datadog import deliver_datadog
    from signalhouse.demo.delighted import deliver_delighted
    from signalhouse.demo.generic import deliver_fx, deliver_generic
    from signalhouse.demo.github import deliver_github
    from signalhouse.demo.intercom import deliver_intercom
    from signalhouse.demo.mixpanel import deliver_mixpanel
    from signalhouse.demo.newrelic import deliver_newrelic
    from signalhouse.demo.segment import deliver_segment
    from signalhouse.demo.stripe import deliver_stripe
    from signalhouse.demo.zendesk import deliver_zendesk

    return {
        "generic": deliver_generic,
        "fx": deliver_fx,
        "segment": deliver_segment,
        "mixpanel": deliver_mixpanel,
        "amplitude": deliver_amplitude,
        "stripe": deliver_stripe,
        "delighted": deliver_delighted,
        "datadog": deliver_datadog,
        "newrelic": deliver_newrelic,
        "github": deliver_github,
        "zendesk": deliver_zendesk,
        "intercom": deliver_intercom,
    }
