"""One module for each command; a command makes one call into the actions."""
