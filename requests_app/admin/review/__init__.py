"""The desk's pages for finding, reading and deciding requests."""
