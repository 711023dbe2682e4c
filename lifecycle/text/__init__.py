"""What holds for every text that somebody types: one form of it, what is visible, what is equal."""
