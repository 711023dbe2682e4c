"""Actions on a grant: activate, suspend, confirm, share, end."""
