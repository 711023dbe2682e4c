"""Uploaded files: what they are, and where their content lies."""
