"""Activate, suspend, confirm, share, shorten, end and revoke grants."""
