"""Reasons written by the site itself: stored in English, translated when shown."""

import re

from django.utils.translation import gettext, gettext_noop

ENDED_BY_HOLDER = gettext_noop("Ended by its holder.")
REACHED_ITS_END = gettext_noop("Reached its end date.")
REVOKED_BY_HOLDER = gettext_noop("Revoked by its holder.")
NO_REASON_GIVEN = gettext_noop("No reason was given.")
KEY_NOT_CREATED = gettext_noop("A gateway could not create the key.")
NEVER_CLAIMED = gettext_noop("No key was created in time.")
GRANT_ENDED = gettext_noop("Its grant ended.")
NO_LONGER_SHARED = gettext_noop("Its holder no longer shares this access.")
DELETED = gettext_noop("Its holder deleted their account.")
MODELS_WITHDRAWN = gettext_noop("Its models were permanently withdrawn before it could start.")
REVOKED_BY_SERVICE = gettext_noop("Revoked by the service “%(name)s”.")
LEAKED = gettext_noop("Reported as leaked.")  # the reporter had the key itself
UNCONFIRMED = gettext_noop("Its holder didn't confirm in time that they still need it.")
CONFIRMED = gettext_noop("Its holder confirmed that they still need it.")
NOT_DECIDED_IN_TIME = gettext_noop("“%(step)s” was not decided in time.")
EXTENDED_GRANT_REVOKED = gettext_noop("The access it extends was revoked: %(reason)s")
BULK_REVOKED = gettext_noop("All access under %(name)s was revoked: %(reason)s")
MEMBERSHIP_ENDED = gettext_noop("The membership behind “%(name)s” ended.")
STANDING_RULE_OVER = gettext_noop("“%(name)s” reached its end.")
STANDING_RULE_ENDED = gettext_noop("“%(name)s” was ended: %(reason)s")

_FILLED = (
    *(MEMBERSHIP_ENDED, STANDING_RULE_OVER, STANDING_RULE_ENDED),
    *(NOT_DECIDED_IN_TIME, REVOKED_BY_SERVICE, EXTENDED_GRANT_REVOKED, BULK_REVOKED),
)
_HOLE = re.compile(r"%\\\((\w+)\\\)s|%\((\w+)\)s")


def _shape(sentence: str) -> re.Pattern[str]:
    held = _HOLE.sub(lambda hole: f"(?P<{hole[1] or hole[2]}>.+)", re.escape(sentence))
    return re.compile(held, re.DOTALL)


_SHAPES = {sentence: _shape(sentence) for sentence in _FILLED}
_SENTENCES = frozenset(
    value for name, value in globals().items() if name.isupper() and isinstance(value, str)
)


def is_ours(reason: str) -> bool:
    """Return whether readers would take it for the site's sentence, whoever wrote it."""
    return reason in _SENTENCES or any(shape.fullmatch(reason) for shape in _SHAPES.values())


def translated(reason: str) -> str:
    """Return one of our reasons in the reader's language, and any other unchanged."""
    for sentence, shape in _SHAPES.items():
        if found := shape.fullmatch(reason):
            return gettext(sentence) % {
                name: translated(part) for name, part in found.groupdict().items()
            }
    return gettext(reason) if reason else ""
