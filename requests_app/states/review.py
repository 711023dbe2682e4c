"""Stages and policy versions: their states and transitions."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from requests_app.states.machine import NOBODY, Machine, Transition


class StageState(TextChoices):
    WAITING = "waiting", _("Waiting")
    OPEN = "open", _("Open")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")
    SKIPPED = "skipped", _("Skipped")
    CLOSED = "closed", _("Closed")


class VersionState(TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


_S = StageState

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


class ReviewerInvitationState(TextChoices):
    WAITING = "waiting", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Expired")


_I = ReviewerInvitationState

REVIEWER_INVITATION = Machine(
    "reviewer invitation",
    ReviewerInvitationState,
    initial=_I.WAITING,
    moves={
        "accept": Transition((_I.WAITING,), _I.ACCEPTED, gettext_noop("accepted")),
        "decline": Transition((_I.WAITING,), _I.DECLINED, gettext_noop("declined")),
        "withdraw": Transition((_I.WAITING,), _I.WITHDRAWN, gettext_noop("withdrawn")),
        "lapse": Transition((_I.WAITING,), _I.LAPSED, gettext_noop("lapsed")),
    },
    owners={
        _I.WAITING: "the invited address",
        _I.ACCEPTED: NOBODY,
        _I.DECLINED: NOBODY,
        _I.WITHDRAWN: NOBODY,
        _I.LAPSED: NOBODY,
    },
)
