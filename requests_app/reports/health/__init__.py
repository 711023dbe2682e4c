"""What `manage.py doctor` finds out about a site: its settings, servers and first steps."""
