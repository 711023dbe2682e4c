"""All states and transitions as tables, from which `docs/states.md` is generated."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from lifecycle.voice.states import EssayState, PreferenceState


class RequestState(TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Changes requested")
    APPROVED = "approved", _("Approved")
    DENIED = "denied", _("Declined")
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
    ISSUING = "issuing", _("Being created")
    ACTIVE = "active", _("Active")
    RETIRING = "retiring", _("Retiring")
    EXPIRED = "expired", _("Expired")
    REVOKING = "revoking", _("Being revoked")
    REVOKED = "revoked", _("Revoked")
    FAILED = "failed", _("Failed")


class InvitationState(TextChoices):
    WAITING = "waiting", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Expired")


class VersionState(TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class StandingRuleState(TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ENDED = "ended", _("Ended")


class ProposalState(TextChoices):
    WAITING = "waiting", _("Waiting")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


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


_R, _S, _G, _K = RequestState, StageState, GrantState, KeyState
NOBODY = "nobody"

REQUEST = Machine(
    "request",
    RequestState,
    initial=_R.DRAFT,
    moves={
        "submit": Transition(
            (_R.DRAFT, _R.RETURNED),
            _R.IN_REVIEW,
            gettext_noop("submitted"),
            refused_as=gettext_noop("sent"),
        ),
        "return": Transition((_R.IN_REVIEW,), _R.RETURNED, gettext_noop("returned")),
        "approve": Transition((_R.IN_REVIEW,), _R.APPROVED, gettext_noop("approved")),
        # By a standing rule, without review.
        "admit": Transition((_R.DRAFT,), _R.APPROVED, gettext_noop("admitted")),
        "deny": Transition((_R.IN_REVIEW,), _R.DENIED, gettext_noop("denied")),
        "expire": Transition((_R.IN_REVIEW,), _R.EXPIRED, gettext_noop("expired")),
        "withdraw": Transition(
            (_R.DRAFT, _R.IN_REVIEW, _R.RETURNED), _R.WITHDRAWN, gettext_noop("withdrawn")
        ),
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
        "open": Transition((_S.WAITING,), _S.OPEN, gettext_noop("opened")),
        "skip": Transition((_S.WAITING,), _S.SKIPPED, gettext_noop("skipped")),
        "pass": Transition((_S.OPEN,), _S.PASSED, gettext_noop("passed")),
        "fail": Transition((_S.OPEN,), _S.FAILED, gettext_noop("failed")),
        "expire": Transition((_S.OPEN,), _S.EXPIRED, gettext_noop("expired")),
        "close": Transition((_S.WAITING, _S.OPEN), _S.CLOSED, gettext_noop("closed")),
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
        "activate": Transition((_G.WAITING,), _G.ACTIVE, gettext_noop("activated")),
        "suspend": Transition((_G.ACTIVE,), _G.SUSPENDED, gettext_noop("suspended")),
        "resume": Transition((_G.SUSPENDED,), _G.ACTIVE, gettext_noop("resumed")),
        "end": Transition((_G.WAITING, _G.ACTIVE, _G.SUSPENDED), _G.ENDED, gettext_noop("ended")),
        "revoke": Transition(
            (_G.WAITING, _G.ACTIVE, _G.SUSPENDED), _G.REVOKED, gettext_noop("revoked")
        ),
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
        "activate": Transition((_K.ISSUING,), _K.ACTIVE, gettext_noop("activated")),
        "fail": Transition((_K.ISSUING, _K.ACTIVE, _K.RETIRING), _K.FAILED, gettext_noop("failed")),
        "rotate": Transition((_K.ACTIVE,), _K.RETIRING, gettext_noop("rotated")),
        "expire": Transition((_K.ACTIVE, _K.RETIRING), _K.EXPIRED, gettext_noop("expired")),
        "revoke": Transition(
            (_K.ISSUING, _K.ACTIVE, _K.RETIRING), _K.REVOKING, gettext_noop("revoked")
        ),
        "confirm": Transition((_K.REVOKING,), _K.REVOKED, gettext_noop("confirmed")),
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
        "accept": Transition((_I.WAITING,), _I.ACCEPTED, gettext_noop("accepted")),
        "decline": Transition((_I.WAITING, _I.ACCEPTED), _I.DECLINED, gettext_noop("declined")),
        "withdraw": Transition((_I.WAITING, _I.ACCEPTED), _I.WITHDRAWN, gettext_noop("withdrawn")),
        "lapse": Transition((_I.WAITING,), _I.LAPSED, gettext_noop("lapsed")),
    },
    owners={
        _I.WAITING: "the invited person",
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
    moves={
        "publish": Transition(
            (VersionState.DRAFT,), VersionState.PUBLISHED, gettext_noop("published")
        )
    },
    owners={VersionState.DRAFT: "policy owners", VersionState.PUBLISHED: NOBODY},
)

_P = PreferenceState

PREFERENCE = Machine(
    "preference",
    PreferenceState,
    initial=_P.CONSIDERED,
    moves={
        "accept": Transition((_P.CONSIDERED, _P.DEFERRED), _P.ACCEPTED, gettext_noop("accepted")),
        "decline": Transition((_P.CONSIDERED, _P.DEFERRED), _P.DECLINED, gettext_noop("declined")),
        "defer": Transition((_P.CONSIDERED, _P.DEFERRED), _P.DEFERRED, gettext_noop("deferred")),
        "resume": Transition((_P.DEFERRED,), _P.CONSIDERED, gettext_noop("resumed")),
        "complete": Transition((_P.ACCEPTED,), _P.DONE, gettext_noop("completed")),
    },
    owners={
        _P.CONSIDERED: "catalogue editors",
        _P.ACCEPTED: "catalogue editors",
        _P.DEFERRED: "the clock",
        _P.DECLINED: NOBODY,
        _P.DONE: NOBODY,
    },
)


STANDING_RULE = Machine(
    "standing rule",
    StandingRuleState,
    initial=StandingRuleState.DRAFT,
    moves={
        "publish": Transition(
            (StandingRuleState.DRAFT,), StandingRuleState.PUBLISHED, gettext_noop("published")
        ),
        "end": Transition(
            (StandingRuleState.DRAFT, StandingRuleState.PUBLISHED),
            StandingRuleState.ENDED,
            gettext_noop("ended"),
        ),
    },
    owners={
        StandingRuleState.DRAFT: "policy owners",
        StandingRuleState.PUBLISHED: "policy owners",
        StandingRuleState.ENDED: NOBODY,
    },
)

_C = ProposalState

PROPOSAL = Machine(
    "proposal",
    ProposalState,
    initial=_C.WAITING,
    moves={
        "accept": Transition((_C.WAITING,), _C.ACCEPTED, gettext_noop("accepted")),
        "decline": Transition((_C.WAITING,), _C.DECLINED, gettext_noop("declined")),
        "withdraw": Transition((_C.WAITING,), _C.WITHDRAWN, gettext_noop("withdrawn")),
    },
    owners={
        _C.WAITING: "a second catalogue editor",
        _C.ACCEPTED: NOBODY,
        _C.DECLINED: NOBODY,
        _C.WITHDRAWN: NOBODY,
    },
)

_E = EssayState

ESSAY = Machine(
    "essay",
    EssayState,
    initial=_E.IN_REVIEW,
    moves={
        "publish": Transition((_E.IN_REVIEW,), _E.PUBLISHED, gettext_noop("published")),
        "veto": Transition((_E.IN_REVIEW,), _E.VETOED, gettext_noop("vetoed")),
        "expire": Transition((_E.IN_REVIEW,), _E.EXPIRED, gettext_noop("expired")),
        "withdraw": Transition((_E.IN_REVIEW,), _E.WITHDRAWN, gettext_noop("withdrawn")),
    },
    owners={
        _E.IN_REVIEW: "reviewers",
        _E.PUBLISHED: NOBODY,
        _E.VETOED: NOBODY,
        _E.EXPIRED: NOBODY,
        _E.WITHDRAWN: NOBODY,
    },
)

MACHINES = (
    REQUEST,
    STAGE,
    INVITATION,
    GRANT,
    KEY,
    VERSION,
    PREFERENCE,
    STANDING_RULE,
    PROPOSAL,
    ESSAY,
)
