"""The command that makes the first superuser."""
