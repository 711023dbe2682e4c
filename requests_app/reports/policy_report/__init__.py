"""Requests, spending, use, ends and endings under one policy, for its owners. Read-only."""
