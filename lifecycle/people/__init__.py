"""Accounts, profiles, institutions and groups."""
