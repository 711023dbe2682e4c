"""Tables of the access: grants, keys, service tokens, usage, capacity."""
