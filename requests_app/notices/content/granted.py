"""What emails say of a grant: what was cut, its limits, and how to call its model."""

from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from lifecycle.catalogue.call_destination import destination
from lifecycle.text.durations import format_duration
from requests_app.models import Event, Grant, Notice, UsageLimits
from requests_app.wording import call_snippets, limits


class FirstCall(NamedTuple):
    """How to make the first call: code for a shell, or empty texts where nobody knows yet."""

    model: str
    base_url: str = ""
    environment: str = ""
    code: str = ""


class Reductions(NamedTuple):
    """What an approval grants less than requested, and the reasons."""

    less: list[str]
    reasons: list[str]


class GrantInWords:
    """What few emails say of a grant, read when one does."""

    def __init__(self, grant: Grant, notice: Notice) -> None:
        self._grant, self._reader, at = grant, notice.recipient, notice.event.at
        self._there = grant.granted_models.there(at)

    @cached_property
    def is_reachable(self) -> bool:
        return self._there.exists()

    @cached_property
    def is_accepted(self) -> bool:
        """Whether its reader, a collaborator, has accepted the terms."""
        places = self._grant.collaborators.filter(person=self._reader, removed_at=None)
        return places.exclude(accepted_at=None).exists()

    @property
    def limits(self) -> str:
        return limits.sentence(self._grant.limits())

    @cached_property
    def first_call(self) -> FirstCall | None:
        granted = self._there.select_related("ai_model").first()
        if granted is None:
            return None
        ai_model, to = granted.ai_model, destination(granted.ai_model)
        operations = self._grant.operations
        guides = call_snippets.guides(ai_model.identifier, to.base_url, to.api, operations)
        guide = next(guides, None) if to.base_url else None
        if guide is None:
            return FirstCall(str(ai_model), to.base_url)
        return FirstCall(str(ai_model), to.base_url, guide.environment, guide.snippets[0].whole)


def of_notice(notice: Notice, grant: Grant | None) -> dict[str, Any]:
    """Return the variables of templates about a grant or what it will be."""
    event = notice.event
    return {
        "granted": GrantInWords(grant, notice) if grant else None,
        "extension": _extension_of(grant) if grant else None,
        "lowered": _lowered_limits(event) if event.kind == "request.narrowed" else [],
        "cut": _reductions(event) if event.kind == "request.approved" else None,
    }


def _extension_of(grant: Grant) -> Grant | None:
    """Return the approved extension of a grant, or None."""
    return Grant.objects.live().filter(access_request__continues=grant).first()


def _lowered_limits(event: Event) -> list[str]:
    """Return the limits that a reviewer lowered."""
    before, after = (UsageLimits(**event.details[end].get("limits", {})) for end in ("from", "to"))
    return limits.lowered(before, after)


def _reductions(event: Event) -> Reductions | None:
    assert event.access_request  # a request was approved
    text = event.access_request.revision
    asked, given = text.asked(), text.scope()
    if asked == given:
        return None
    pairs = (
        (", ".join(asked.identifiers), ", ".join(given.identifiers)),
        (", ".join(asked.operations), ", ".join(given.operations)),
        (format_duration(asked.duration), format_duration(given.duration)),
    )
    instead = [
        _("%(now)s instead of %(was)s") % {"now": now, "was": was}
        for was, now in pairs
        if was != now
    ]
    reasons = dict.fromkeys(text.narrowings.values_list("reason", flat=True))
    return Reductions(
        instead + limits.lowered(asked.limits, given.limits), [r for r in reasons if r]
    )
