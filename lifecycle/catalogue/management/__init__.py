"""Commands for the catalogue."""
