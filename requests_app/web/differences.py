"""What changed between two texts of a request, and between what was asked and what is granted."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, NamedTuple

from django.utils.formats import date_format

from requests_app import wording
from requests_app.actions.stages import changed_parts
from requests_app.models import Event, Narrowing, Part, Revision, Scope, Track

AROUND = 24  # words and gaps that are shown of what stayed, on each side of a change
MOST_PIECES = (
    4_000  # words and gaps; more are compared as a whole; finding what moved takes quadratic time
)
CUT = " … "
PIECE = re.compile(r"\S+|\s+")
LISTS = (Part.MODELS, Part.OPERATIONS, Part.COLLABORATORS)


class Run(NamedTuple):
    """A stretch that stayed (`kept`), is gone (`before`) or is new (`after`)."""

    kind: str
    text: str


class Change(NamedTuple):
    """One part that differs."""

    label: str
    runs: list[Run]


class Rewriting(NamedTuple):
    """A text that was written anew: what the reviewers had asked, and what changed."""

    number: int
    submitted_at: datetime | None
    asked: str
    changes: list[Change]


class Narrowed(NamedTuple):
    """What would be granted against what was asked, and the reasons for it."""

    changes: list[Change]
    reasons: list[str]


def rewritings(revisions: Sequence[Revision], events: Iterable[Event]) -> list[Rewriting]:
    """Newest first. Each text but the first answers one return, in their order."""
    asked = [event.details["reason"] for event in events if event.kind == "request.returned"]
    told = [
        Rewriting(later.number, later.submitted_at, reason, list(_rewritten(earlier, later)))
        for (earlier, later), reason in zip(pairwise(revisions), asked, strict=False)
    ]
    return told[::-1]


def _rewritten(earlier: Revision, later: Revision) -> Iterator[Change]:
    before, after, changed = earlier.parts(), later.parts(), changed_parts(earlier, later)
    for part in Part:
        if part not in changed:
            continue
        if part == Part.PURPOSE:
            yield Change(part.label, of_texts(before[part], after[part]))
        elif part in LISTS:
            yield Change(part.label, of_lists(before[part], after[part]))
        else:
            yield Change(part.label, _of_words(_said(part, before[part]), _said(part, after[part])))


def _said(part: str, value: Any) -> str:
    if part == Part.DATES:
        return " to ".join(date_format(date.fromisoformat(day), "j F Y") for day in value)
    if part == Part.COST:
        return f"{value:,} USD"
    return str(Track(value).label)


def of_texts(before: str, after: str) -> list[Run]:
    """Word by word, with a little of what stayed around each change."""
    old, new = PIECE.findall(before), PIECE.findall(after)
    if max(len(old), len(new)) > MOST_PIECES:
        return _of_words(before, after)
    runs = []
    for kind, i, j, k, m in SequenceMatcher(str.isspace, old, new).get_opcodes():
        if kind == "equal":
            first, last = i == k == 0, (j, m) == (len(old), len(new))
            runs.append(Run("kept", _shortened(old[i:j], first=first, last=last)))
        else:
            runs += _of_words("".join(old[i:j]), "".join(new[k:m]))
    return runs


def _shortened(words: Sequence[str], *, first: bool, last: bool) -> str:
    """What stayed, without what is far from any change."""
    head = [] if first else words[:AROUND]
    tail = [] if last else words[-AROUND:]
    if len(words) <= len(head) + len(tail):
        return "".join(words)
    return "".join(head) + CUT + "".join(tail)


def of_lists(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """Member by member."""
    kept = ", ".join(member for member in before if member in after)
    gone = ", ".join(member for member in before if member not in after)
    new = ", ".join(member for member in after if member not in before)
    return [*([Run("kept", kept)] if kept else []), *_of_words(gone, new)]


def _of_words(before: str, after: str) -> list[Run]:
    return [run for run in (Run("before", before), Run("after", after)) if run.text]


def narrowed(revision: Revision, narrowings: Sequence[Narrowing]) -> Narrowed | None:
    """None when what was asked still stands."""
    if not narrowings:
        return None
    return Narrowed(
        list(_cut(revision.asked(), narrowings[-1].scope())), [row.reason for row in narrowings]
    )


def _cut(asked: Scope, granted: Scope) -> Iterator[Change]:
    if asked.identifiers != granted.identifiers:
        yield Change("Models", of_lists(asked.identifiers, granted.identifiers))
    if asked.operations != granted.operations:
        yield Change("Operations", of_lists(asked.operations, granted.operations))
    if asked.duration != granted.duration:
        lengths = wording.length(asked.duration), wording.length(granted.duration)
        yield Change("Length", _of_words(*lengths))
