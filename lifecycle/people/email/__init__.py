"""Email addresses: normalization, verification, changes."""
