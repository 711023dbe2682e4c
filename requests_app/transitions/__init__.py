"""What every action is built on: locks, state transitions, the audit chain."""
