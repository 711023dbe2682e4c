"""The recipients of notices, by subject; docs/notices.md shows the first line of each function."""
