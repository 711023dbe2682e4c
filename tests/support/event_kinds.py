"""All kinds of events that the code records."""

import ast
import re
from collections.abc import Iterator

from lifecycle.config.env import ROOT
from requests_app.models import Vote
from requests_app.rules.desk import comment_events
from requests_app.states import MACHINES

GROUPS = (
    "request|requester|reviewer|invitation|reviewer_invitation|stage|vote|comment|grant|key|access|policy|protocol|"
    "interview|preference|essay|standing_rule|retirement|model|proposal|source|provider|promise|"
    "weights"
)
KIND = re.compile(rf"({GROUPS})\.[a-z_]+")


def event_kinds() -> set[str]:
    """Those of moves, votes and comments, and those that an action names."""
    moves = {machine.event_kind(action) for machine in MACHINES for action in machine.moves}
    votes = {f"vote.{choice}" for choice in Vote.Choice.values}
    return moves | votes | set(comment_events.KINDS) | set(_named_by_actions())


def _named_by_actions() -> Iterator[str]:
    for path in (ROOT / "requests_app" / "actions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and KIND.fullmatch(str(node.value)):
                yield str(node.value)
