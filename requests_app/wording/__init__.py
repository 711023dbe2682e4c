"""What is decided and counted, put into words; pure functions."""
