"""Audit: promises about data, checked on the unpublished build. Great Expectations is imported only when it runs."""

from signalhouse.audit.results import AuditReport, RuleResult, SkippedRule
from signalhouse.audit.run import audit

__all__ = ["AuditReport", "RuleResult", "SkippedRule", "audit"]
