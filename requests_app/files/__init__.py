"""Attachments: detecting their type, and storing their content."""
