"""The command that loads the catalogue."""
