"""The pages of the reader's account and profile."""
