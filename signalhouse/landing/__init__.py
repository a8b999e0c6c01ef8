"""Exports in: from the vendors' own files to typed records in landing.duckdb, with a ledger of every file and refusal."""

from signalhouse.landing.land import LandReport, land

__all__ = ["LandReport", "land"]
