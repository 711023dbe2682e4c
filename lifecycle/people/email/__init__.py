"""Addresses: their one form, which are verified, how one is changed."""
