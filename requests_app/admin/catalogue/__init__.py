"""The desk's pages for the catalogue."""
