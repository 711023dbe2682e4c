"""Sentences about policies, questions, limits, revisions and events."""
