"""Signalhouse: the thin conductor around a dbt warehouse (land, build, audit, publish)."""

__version__ = "0.1.0"
