"""Rows of what an approval gives: grants, keys, service tokens, use, capacity."""
