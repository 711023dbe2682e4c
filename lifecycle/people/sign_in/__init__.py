"""Signing in: passwords, second factors, external accounts, sessions, lockouts."""
