"""Rows of what is asked for: requests, their texts, files and people."""
