"""What changed from one revision to the next, field by field."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, NamedTuple

from requests_app.models import Part, Revision, Track

MOST_REVISIONS = 6
PIECES = re.compile(r"\s+|\w+|[^\w\s]+")


class Run(NamedTuple):
    """A stretch of text that was kept, removed or added."""

    kind: str
    text: str


class Difference(NamedTuple):
    """One field that changed."""

    label: str
    runs: list[Run]


class Change(NamedTuple):
    """A revision against the one before it."""

    earlier: Revision
    later: Revision
    differences: list[Difference]


def changes(revisions: Sequence[Revision]) -> list[Change]:
    """The newest first. Wants models and collaborators prefetched."""
    latest = list(revisions)[-MOST_REVISIONS:]
    found = [Change(one, other, list(between(one, other))) for one, other in pairwise(latest)]
    return found[::-1]


def between(earlier: Revision, later: Revision) -> Iterator[Difference]:
    before, after = earlier.parts(), later.parts()
    for part in Part:
        if before[part] != after[part]:
            compared = _texts if part == Part.PURPOSE else _values
            yield Difference(str(part.label), compared(part, before[part], after[part]))


def _texts(part: Part, before: str, after: str) -> list[Run]:
    """Word by word."""
    old, new = PIECES.findall(before), PIECES.findall(after)
    runs = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            runs.append(Run("kept", "".join(old[i:j])))
            continue
        runs += [Run("removed", "".join(old[i:j])), Run("added", "".join(new[k:m]))]
    return [run for run in runs if run.text]


def _values(part: Part, before: Any, after: Any) -> list[Run]:
    """Members of a list one by one; a single value as a whole."""
    if part in (Part.MODELS, Part.OPERATIONS, Part.COLLABORATORS):
        kept = [Run("kept", value) for value in before if value in after]
        gone = [Run("removed", value) for value in before if value not in after]
        return kept + gone + [Run("added", value) for value in after if value not in before]
    return [Run("removed", _said(part, before)), Run("added", _said(part, after))]


def _said(part: Part, value: Any) -> str:
    if part == Part.DATES:
        return " to ".join(f"{date.fromisoformat(day):%-d %B %Y}" for day in value)
    if part == Part.COST:
        return f"{value} USD"
    return str(Track(value).label)
