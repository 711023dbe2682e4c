"""Ending everything under a person, institution, policy or model, and deleting an account."""
