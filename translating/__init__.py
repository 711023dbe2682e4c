"""Keeps the translations: a tool for who develops, not part of the running site."""
