"""The pages of a grant, its keys, and the people who share it."""
