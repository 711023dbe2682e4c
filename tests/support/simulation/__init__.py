"""Months of reviews with a clock of our own, processes that die, and a beat that fails."""
