"""Interviews, preferences and protocols on the review desk, for catalogue editors."""
