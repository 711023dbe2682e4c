"""Grants, keys and standing rules: their states and transitions."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from requests_app.states.machine import NOBODY, Machine, Transition


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


class StandingRuleState(TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ENDED = "ended", _("Ended")


_G = GrantState

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

_K = KeyState

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
