"""Filters with which templates write times and reasons."""
