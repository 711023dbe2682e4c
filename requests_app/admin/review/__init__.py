"""The desk's pages on which requests are found, read and decided."""
