"""Access requests and what follows from them: review, grants, keys and the gateway check."""
