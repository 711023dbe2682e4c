"""Building blocks of every action: row locks, state transitions, batches and the audit chain."""
