"""Interviews, preferences and essays."""
