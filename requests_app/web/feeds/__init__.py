"""Feeds of the catalogue's changes, calendars of retirements, and badges for other sites."""
