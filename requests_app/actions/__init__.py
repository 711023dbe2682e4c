"""The only code that changes state; pages, API, admin, tasks and commands call into it.

Locks are taken in the order of `transitions/locks.py`.
"""
