"""Rows of how it is decided: policies, stages, votes, break-glass, who read what."""
