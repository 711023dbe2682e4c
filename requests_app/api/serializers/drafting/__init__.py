"""What belongs to a draft besides its text."""
