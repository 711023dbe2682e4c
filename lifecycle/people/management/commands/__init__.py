"""The command that creates the first superuser."""
