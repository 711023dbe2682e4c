"""The desk's pages for grants, keys, service tokens and emergencies."""
