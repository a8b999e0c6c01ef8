"""Panels with a planted effect, run through the impact models alone."""
