"""What a table of states and transitions consists of."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices

NOBODY = "nobody"


@dataclass(frozen=True)
class Transition:
    """An allowed change of state.

    `past` names its event, as in `request.submitted`, and is the verb in refusals unless
    `refused_as` replaces it.
    """

    sources: tuple[str, ...]
    target: str
    past: str
    refused_as: str = ""

    @property
    def past_in_refusals(self) -> str:
        return self.refused_as or self.past


@dataclass(frozen=True)
class Machine:
    """The states and transitions of one kind of row, with an owner for each state."""

    name: str
    states: type[TextChoices]
    initial: str
    moves: Mapping[str, Transition]
    owners: Mapping[str, str]

    def event_kind(self, action: str) -> str:
        """Return the kind of event of a move, like `request.submitted`."""
        subject = self.name.removesuffix(" version")  # versions use their policy's events
        subject = subject.replace(" ", "_")
        return f"{subject}.{self.moves[action].past}"

    @property
    def terminal(self) -> tuple[str, ...]:
        """The states without a transition out of them."""
        left = {source for move in self.moves.values() for source in move.sources}
        return tuple(state for state in self.states.values if state not in left)

    @property
    def live(self) -> tuple[str, ...]:
        return tuple(state for state in self.states.values if state not in self.terminal)
