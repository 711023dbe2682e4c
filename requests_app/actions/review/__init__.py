"""The way to a decision: stages, votes, delegations, and break-glass beside it."""
