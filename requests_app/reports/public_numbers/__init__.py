"""The public numbers, and what of them is held back to protect individuals."""
