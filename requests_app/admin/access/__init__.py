"""The desk's pages for grants, keys, service tokens and emergency grants."""
