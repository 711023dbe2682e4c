"""Calls of reviewers, policy owners and operators: what the review desk does."""
