"""Fixtures that several test files use."""

from house import house

__all__ = ["house"]
