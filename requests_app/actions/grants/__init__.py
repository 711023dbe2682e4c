"""A grant's life: activated, suspended, confirmed, shared, ended."""
