"""Measurements that are repeated: each module says what it found, and fails when it is too slow."""
