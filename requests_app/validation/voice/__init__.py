"""Checks of what is recorded of models, and of what they wrote."""
