"""Requests and invitations: their states and transitions."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from requests_app.states.machine import NOBODY, Machine, Transition


class RequestState(TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Changes requested")
    APPROVED = "approved", _("Approved")
    DENIED = "denied", _("Declined")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# Sent, and neither decided nor withdrawn.
UNDECIDED = (RequestState.IN_REVIEW, RequestState.RETURNED)


class InvitationState(TextChoices):
    WAITING = "waiting", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Expired")


_R = RequestState

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
