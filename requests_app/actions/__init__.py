"""The only writers of state. Pages, API, admin, tasks and commands each make one call in here.

Locks are always taken in this order: person, request or policy, stage, place, grant, key.
"""
