"""Bulk revocation under a person, institution, policy or model, and account deletion."""
