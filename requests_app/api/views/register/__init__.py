"""Calls that read the register of models, and say what people want of it."""
