"""Proposals, preferences and essays: their states and transitions."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from lifecycle.voice.states import EssayState, PreferenceState
from requests_app.states.machine import NOBODY, Machine, Transition


class ProposalState(TextChoices):
    WAITING = "waiting", _("Waiting")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


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
