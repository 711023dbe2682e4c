"""What every action stands on: locks, moves between states, the chain of events."""
