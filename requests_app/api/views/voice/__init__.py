"""Views of what models said: public and read-only."""
