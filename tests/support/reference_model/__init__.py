"""The review in plain Python, written from the design. It knows nothing of the code that it judges.

Every action either changes the world and says what happened and whom it tells, or raises Refused.
"""

from tests.support.reference_model.requesters import World
from tests.support.reference_model.rows import (
    DAY,
    OPEN,
    Delegation,
    Refused,
    Request,
    RequestText,
    Scope,
    Stage,
    StepRules,
)

__all__ = [
    "DAY",
    "OPEN",
    "Delegation",
    "Refused",
    "Request",
    "Scope",
    "Stage",
    "StepRules",
    "RequestText",
    "World",
]
