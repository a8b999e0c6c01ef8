"""Audit: promises about data, checked on the unpublished build. Great Expectations is imported only when it runs."""

from signalhouse.audit.results import AuditReport, RuleResult, SkippedRule
from signalhouse.audit.run import audit, audit_freshness

__all__ = ["AuditReport", "RuleResult", "SkippedRule", "audit", "audit_freshness"]
