"""Signing in: passwords, second factors, other sites' accounts, sessions, lockouts."""
