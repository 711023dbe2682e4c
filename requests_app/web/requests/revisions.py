"""Changes between revisions, and the difference between requested and granted."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from lifecycle.text.durations import format_duration
from requests_app.models import Event, Narrowing, Revision, Scope
from requests_app.wording import limits
from requests_app.wording.revisions import (
    PartChange,
    between,
    of_lists,
    of_words,
    reasons_for_return,
)


class RevisionChanges(NamedTuple):
    """A new revision: what reviewers asked for, and what changed."""

    number: int
    submitted_at: datetime | None
    asked: str
    note: str
    changes: list[PartChange]


class NarrowingSummary(NamedTuple):
    """What would be granted instead of what was requested, and why."""

    changes: list[PartChange]
    reasons: list[str]


def revision_changes(
    revisions: Sequence[Revision], events: Iterable[Event]
) -> list[RevisionChanges]:
    """Return the changes, newest first; each revision but the first answers one return."""
    asked = reasons_for_return(events)
    told = [
        RevisionChanges(
            later.number, later.submitted_at, reason, later.note, list(between(earlier, later))
        )
        for (earlier, later), reason in zip(pairwise(revisions), asked, strict=False)
    ]
    return told[::-1]


def narrowing_summary(
    revision: Revision, narrowings: Sequence[Narrowing]
) -> NarrowingSummary | None:
    """Return the difference, or None if everything requested would be granted."""
    if not narrowings:
        return None
    return NarrowingSummary(
        list(_reductions(revision.asked(), narrowings[-1].scope())),
        [row.reason for row in narrowings],
    )


def _reductions(asked: Scope, granted: Scope) -> Iterator[PartChange]:
    if asked.identifiers != granted.identifiers:
        yield PartChange(_("Models"), of_lists(asked.identifiers, granted.identifiers))
    if asked.operations != granted.operations:
        yield PartChange(_("Operations"), of_lists(asked.operations, granted.operations))
    if asked.duration != granted.duration:
        lengths = format_duration(asked.duration), format_duration(granted.duration)
        yield PartChange(_("Length"), of_words(*lengths))
    for name, before, after in limits.differences(asked.limits, granted.limits):
        yield PartChange(
            _("Limit: %(label)s") % {"label": limits.LABELS[name]}, of_words(before, after)
        )
