"""How long the long proofs run: small in `make test`, large in `make soak`."""

import os

SOAK = os.environ.get("SOAK") == "1"


def size(small: int, large: int) -> int:
    return large if SOAK else small
