"""Checks of standing rules, and of what members may start by them."""
