"""Pages of the desk that each reviewer has for themselves."""
