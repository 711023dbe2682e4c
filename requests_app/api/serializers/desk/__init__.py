"""Answers to reviewers, policy owners and operators."""
