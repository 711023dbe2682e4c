"""Every state and every move, as tables. `docs/states.md` is generated from them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RequestState(TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Changes asked for")
    APPROVED = "approved", _("Approved")
    DENIED = "denied", _("Denied")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class StageState(TextChoices):
    WAITING = "waiting", _("Waiting")
    OPEN = "open", _("Open")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")
    SKIPPED = "skipped", _("Skipped")
    CLOSED = "closed", _("Closed")


class GrantState(TextChoices):
    WAITING = "waiting", _("Waiting")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("Ended")
    REVOKED = "revoked", _("Revoked")


class KeyState(TextChoices):
    ISSUING = "issuing", _("Being made")
    ACTIVE = "active", _("Active")
    RETIRING = "retiring", _("Retiring")
    EXPIRED = "expired", _("Expired")
    REVOKING = "revoking", _("Being revoked")
    REVOKED = "revoked", _("Revoked")
    FAILED = "failed", _("Failed")


class InvitationState(TextChoices):
    WAITING = "waiting", _("Not answered yet")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Not answered in time")


class VersionState(TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


@dataclass(frozen=True)
class Transition:
    """One allowed change of state."""

    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class Machine:
    """The life of one kind of row: where it starts, how it moves, and who has it in each state."""

    name: str
    states: type[TextChoices]
    initial: str
    moves: Mapping[str, Transition]
    owners: Mapping[str, str]

    @property
    def terminal(self) -> tuple[str, ...]:
        """States that nothing leaves."""
        left = {source for move in self.moves.values() for source in move.sources}
        return tuple(state for state in self.states.values if state not in left)

    @property
    def live(self) -> tuple[str, ...]:
        return tuple(state for state in self.states.values if state not in self.terminal)


_R, _S, _G, _K = RequestState, StageState, GrantState, KeyState
NOBODY = "nobody"

REQUEST = Machine(
    "request",
    RequestState,
    initial=_R.DRAFT,
    moves={
        "submit": Transition((_R.DRAFT, _R.RETURNED), _R.IN_REVIEW),
        "return": Transition((_R.IN_REVIEW,), _R.RETURNED),
        "approve": Transition((_R.IN_REVIEW,), _R.APPROVED),
        "deny": Transition((_R.IN_REVIEW,), _R.DENIED),
        "expire": Transition((_R.IN_REVIEW,), _R.EXPIRED),
        "withdraw": Transition((_R.DRAFT, _R.IN_REVIEW, _R.RETURNED), _R.WITHDRAWN),
    },
    owners={
        _R.DRAFT: "requester",
        _R.IN_REVIEW: "reviewers",
        _R.RETURNED: "requester",
        _R.APPROVED: NOBODY,
        _R.DENIED: NOBODY,
        _R.EXPIRED: NOBODY,
        _R.WITHDRAWN: NOBODY,
    },
)

STAGE = Machine(
    "stage",
    StageState,
    initial=_S.WAITING,
    moves={
        "open": Transition((_S.WAITING,), _S.OPEN),
        "skip": Transition((_S.WAITING,), _S.SKIPPED),
        "pass": Transition((_S.OPEN,), _S.PASSED),
        "fail": Transition((_S.OPEN,), _S.FAILED),
        "expire": Transition((_S.OPEN,), _S.EXPIRED),
        "close": Transition((_S.WAITING, _S.OPEN), _S.CLOSED),
    },
    owners={
        _S.WAITING: "the stage before it",
        _S.OPEN: "reviewers",
        _S.PASSED: NOBODY,
        _S.FAILED: NOBODY,
        _S.EXPIRED: NOBODY,
        _S.SKIPPED: NOBODY,
        _S.CLOSED: NOBODY,
    },
)

GRANT = Machine(
    "grant",
    GrantState,
    initial=_G.WAITING,
    moves={
        "activate": Transition((_G.WAITING,), _G.ACTIVE),
        "suspend": Transition((_G.ACTIVE,), _G.SUSPENDED),
        "resume": Transition((_G.SUSPENDED,), _G.ACTIVE),
        "end": Transition((_G.WAITING, _G.ACTIVE, _G.SUSPENDED), _G.ENDED),
        "revoke": Transition((_G.WAITING, _G.ACTIVE, _G.SUSPENDED), _G.REVOKED),
    },
    owners={
        _G.WAITING: "the clock",
        _G.ACTIVE: "holder",
        _G.SUSPENDED: "policy owners",
        _G.ENDED: NOBODY,
        _G.REVOKED: NOBODY,
    },
)

KEY = Machine(
    "key",
    KeyState,
    initial=_K.ISSUING,
    moves={
        "activate": Transition((_K.ISSUING,), _K.ACTIVE),
        "fail": Transition((_K.ISSUING, _K.ACTIVE, _K.RETIRING), _K.FAILED),
        "rotate": Transition((_K.ACTIVE,), _K.RETIRING),
        "expire": Transition((_K.ACTIVE, _K.RETIRING), _K.EXPIRED),
        "revoke": Transition((_K.ISSUING, _K.ACTIVE, _K.RETIRING), _K.REVOKING),
        "confirm": Transition((_K.REVOKING,), _K.REVOKED),
    },
    owners={
        _K.ISSUING: "issuer",
        _K.ACTIVE: "holder",
        _K.RETIRING: "holder",
        _K.EXPIRED: NOBODY,
        _K.REVOKING: "issuer",
        _K.REVOKED: NOBODY,
        _K.FAILED: NOBODY,
    },
)

_I = InvitationState

INVITATION = Machine(
    "invitation",
    InvitationState,
    initial=_I.WAITING,
    moves={
        "accept": Transition((_I.WAITING,), _I.ACCEPTED),
        "decline": Transition((_I.WAITING, _I.ACCEPTED), _I.DECLINED),
        "withdraw": Transition((_I.WAITING, _I.ACCEPTED), _I.WITHDRAWN),
        "lapse": Transition((_I.WAITING,), _I.LAPSED),
    },
    owners={
        _I.WAITING: "whom it invites",
        _I.ACCEPTED: "requester",
        _I.DECLINED: NOBODY,
        _I.WITHDRAWN: NOBODY,
        _I.LAPSED: NOBODY,
    },
)

VERSION = Machine(
    "policy version",
    VersionState,
    initial=VersionState.DRAFT,
    moves={"publish": Transition((VersionState.DRAFT,), VersionState.PUBLISHED)},
    owners={VersionState.DRAFT: "policy owners", VersionState.PUBLISHED: NOBODY},
)

MACHINES = (REQUEST, STAGE, INVITATION, GRANT, KEY, VERSION)
