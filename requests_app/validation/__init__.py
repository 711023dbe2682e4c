"""Checks of input before it is stored. Read-only."""
