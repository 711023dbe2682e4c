"""How long the long proofs run: small in `make test`, large in `make soak`."""

import os
from typing import TypeVar

T = TypeVar("T")

SOAK = os.environ.get("SOAK") == "1"


def size(small: T, large: T) -> T:
    return large if SOAK else small
