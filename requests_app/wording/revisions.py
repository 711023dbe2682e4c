"""What changed between two texts of a request, in bounded time, and what had been asked for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from requests_app.models import AccessRequest, Event, Part, Revision, Track
from requests_app.models.review.question import from_stored, written
from requests_app.states import RequestState

AROUND = 24  # words and gaps that are shown of what stayed, on each side of a change
MOST_PIECES = 2_000  # of both texts together; finding what moved takes quadratic time
CUT = " … "
WORD = re.compile(r"\S+|\s+")
LINE = re.compile(r"[^\n]*\n|[^\n]+")
TEXTS = (Part.PURPOSE, Part.USE, Part.DATA, Part.SAFETY, Part.TEAM)
LISTS = (Part.MODELS, Part.OPERATIONS, Part.ORGANISATION, Part.LINKS, Part.COLLABORATORS)


class Run(NamedTuple):
    """A stretch that stayed (`kept`), is gone (`before`) or is new (`after`)."""

    kind: str
    text: str


class Change(NamedTuple):
    """One part that differs."""

    label: str
    runs: list[Run]
    is_text: bool = False


def changed_parts(earlier: Revision, later: Revision) -> set[str]:
    before, after = earlier.parts(), later.parts()
    changed = {part for part in Part.values if before[part] != after[part]}
    other_files = earlier.file_lines() != later.file_lines()
    return changed | ({Part.PURPOSE.value} if other_files else set())  # read with the purpose


def between(earlier: Revision, later: Revision) -> Iterator[Change]:
    """Part by part. Wants models, collaborators and files prefetched."""
    before, after = earlier.parts(), later.parts()
    for part in Part:
        if part == Part.ANSWERS:
            yield from _of_answers(earlier, later)
        elif before[part] != after[part]:
            runs = _runs(part, before[part], after[part])
            yield Change(str(part.label), runs, part in TEXTS)
    if earlier.file_lines() != later.file_lines():
        yield Change(_("Files"), of_lists(earlier.file_lines(), later.file_lines()))


def _of_answers(earlier: Revision, later: Revision) -> Iterator[Change]:
    """Question by question; one that isn't asked any more is named by its key."""
    labels = {
        question.key: question.label
        for text in (earlier, later)
        for question in from_stored(text.access_request.policy_version.questions)
    }
    for key in sorted({*earlier.answers, *later.answers}):
        one, other = earlier.answers.get(key), later.answers.get(key)
        if one != other:
            runs = of_texts(written(one), written(other))
            yield Change(labels.get(key, key), runs, is_text=True)


def _runs(part: Part, before: Any, after: Any) -> list[Run]:
    if part in TEXTS:
        return of_texts(before, after)
    if part in LISTS:
        return of_lists(before, after)
    return of_words(_said(part, before), _said(part, after))


def _said(part: str, value: Any) -> str:
    if part == Part.DATES:
        start, end = (date_format(date.fromisoformat(day)) for day in value)
        return _("%(start)s to %(end)s (UTC)") % {"start": start, "end": end}
    if part == Part.COST:
        return _("%(amount)s USD") % {"amount": number_format(value, force_grouping=True)}
    return str(Track(value).label)


def of_texts(before: str, after: str) -> list[Run]:
    """Word by word, with a little of what stayed around each change.

    Where too much differs for that, line by line; and where even that is too much, as a whole.
    """
    for piece in (WORD, LINE):
        old, new = piece.findall(before), piece.findall(after)
        head, tail = _same_ends(old, new)
        inner = old[head : len(old) - tail], new[head : len(new) - tail]
        if len(inner[0]) + len(inner[1]) <= MOST_PIECES:
            runs = [*_kept(old[:head]), *_compared(*inner), *_kept(old[len(old) - tail :])]
            return [_cut(run, n == 0, n == len(runs) - 1) for n, run in enumerate(runs)]
    return of_words(before, after)


def _same_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many pieces are the same at the start, and after that at the end."""
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = range(shorter - head)
    return head, next((n for n in rest if old[-1 - n] != new[-1 - n]), len(rest))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    for kind, i, j, k, m in SequenceMatcher(str.isspace, old, new).get_opcodes():
        if kind == "equal":
            yield from _kept(old[i:j])
        else:
            yield from of_words("".join(old[i:j]), "".join(new[k:m]))


def _kept(pieces: Sequence[str]) -> list[Run]:
    return [Run("kept", "".join(pieces))] if pieces else []


def _cut(run: Run, first: bool, last: bool) -> Run:
    """What stayed, without what is far from any change."""
    if run.kind != "kept":
        return run
    words = WORD.findall(run.text)
    head = [] if first else words[:AROUND]
    tail = [] if last else words[-AROUND:]
    if len(words) <= len(head) + len(tail):
        return run
    return Run("kept", "".join(head) + CUT + "".join(tail))


def of_lists(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """Member by member."""
    kept = ", ".join(member for member in before if member in after)
    gone = ", ".join(member for member in before if member not in after)
    new = ", ".join(member for member in after if member not in before)
    return [*([Run("kept", kept)] if kept else []), *of_words(gone, new)]


def of_words(before: str, after: str) -> list[Run]:
    """The one, then the other."""
    return [run for run in (Run("before", before), Run("after", after)) if run.text]


def reasons_for_return(events: Iterable[Event]) -> list[str]:
    """What reviewers wanted to have answered, return by return."""
    return [str(e.details["reason"]) for e in events if e.kind == "request.returned"]


def changes_asked_for(access_request: AccessRequest) -> str:
    """What they want to have answered now, if they do. Reads the events; prefetch them."""
    if access_request.state != RequestState.RETURNED:
        return ""
    return reasons_for_return(access_request.events.all())[-1]
