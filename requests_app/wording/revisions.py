"""Differences between revisions of a request, in bounded time, and requested changes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from requests_app.models import AccessRequest, Event, RequestPart, Revision, Track
from requests_app.models.review.question import answer_text, from_stored
from requests_app.states import RequestState

CONTEXT_WORDS = 24  # words and gaps shown on each side of a change
MAX_COMPARED_TOKENS = 2_000  # of both texts together; the comparison takes quadratic time
CUT = " … "
WORD = re.compile(r"\S+|\s+")
LINE = re.compile(r"[^\n]*\n|[^\n]+")
TEXTS = (
    RequestPart.PURPOSE,
    RequestPart.USE,
    RequestPart.DATA,
    RequestPart.SAFETY,
    RequestPart.TEAM,
)
LISTS = (
    RequestPart.MODELS,
    RequestPart.OPERATIONS,
    RequestPart.ORGANISATION,
    RequestPart.LINKS,
    RequestPart.COLLABORATORS,
)


class DiffRun(NamedTuple):
    """A passage that stayed (`kept`), was removed (`before`) or added (`after`)."""

    kind: str
    text: str


class PartChange(NamedTuple):
    """One part that differs."""

    label: str
    runs: list[DiffRun]
    is_text: bool = False


def changed_parts(earlier: Revision, later: Revision) -> set[str]:
    before, after = earlier.parts(), later.parts()
    changed = {part for part in RequestPart.values if before[part] != after[part]}
    if earlier.title != later.title or earlier.file_lines() != later.file_lines():
        changed.add(RequestPart.PURPOSE.value)  # they are read with the purpose
    return changed


def between(earlier: Revision, later: Revision) -> Iterator[PartChange]:
    """Yield the changed parts; needs models, collaborators and files prefetched."""
    before, after = earlier.parts(), later.parts()
    if earlier.title != later.title:
        yield PartChange(_("Title"), of_words(earlier.title, later.title))
    for part in RequestPart:
        if part == RequestPart.ANSWERS:
            yield from _of_answers(earlier, later)
        elif before[part] != after[part]:
            runs = _runs(part, before[part], after[part])
            yield PartChange(str(part.label), runs, part in TEXTS)
    if earlier.file_lines() != later.file_lines():
        yield PartChange(_("Files"), of_lists(earlier.file_lines(), later.file_lines()))


def _of_answers(earlier: Revision, later: Revision) -> Iterator[PartChange]:
    """Compare answers; a question that isn't asked any more is named by its key."""
    labels = {
        question.key: question.label
        for text in (earlier, later)
        for question in from_stored(text.access_request.policy_version.questions)
    }
    for key in sorted({*earlier.answers, *later.answers}):
        one, other = earlier.answers.get(key), later.answers.get(key)
        if one != other:
            runs = of_texts(answer_text(one), answer_text(other))
            yield PartChange(labels.get(key, key), runs, is_text=True)


def _runs(part: RequestPart, before: Any, after: Any) -> list[DiffRun]:
    if part in TEXTS:
        return of_texts(before, after)
    if part in LISTS:
        return of_lists(before, after)
    return of_words(_part_values(part, before), _part_values(part, after))


def _part_values(part: str, value: Any) -> str:
    if part == RequestPart.DATES:
        start, end = (date_format(date.fromisoformat(day)) for day in value)
        return _("%(start)s to %(end)s (UTC)") % {"start": start, "end": end}
    if part == RequestPart.COST:
        return _("%(amount)s USD") % {"amount": number_format(value, force_grouping=True)}
    return str(Track(value).label)


def of_texts(before: str, after: str) -> list[DiffRun]:
    """Compare texts word by word, with some context around each change.

    Texts that differ too much for that are compared line by line, or else as a whole.
    """
    for piece in (WORD, LINE):
        old, new = piece.findall(before), piece.findall(after)
        head, tail = _same_ends(old, new)
        inner = old[head : len(old) - tail], new[head : len(new) - tail]
        if len(inner[0]) + len(inner[1]) <= MAX_COMPARED_TOKENS:
            runs = [*_kept(old[:head]), *_compared(*inner), *_kept(old[len(old) - tail :])]
            return [_cut(run, n == 0, n == len(runs) - 1) for n, run in enumerate(runs)]
    return of_words(before, after)


def _same_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many tokens are equal at the start, and then at the end."""
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = range(shorter - head)
    return head, next((n for n in rest if old[-1 - n] != new[-1 - n]), len(rest))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffRun]:
    for kind, i, j, k, m in SequenceMatcher(str.isspace, old, new).get_opcodes():
        if kind == "equal":
            yield from _kept(old[i:j])
        else:
            yield from of_words("".join(old[i:j]), "".join(new[k:m]))


def _kept(pieces: Sequence[str]) -> list[DiffRun]:
    return [DiffRun("kept", "".join(pieces))] if pieces else []


def _cut(run: DiffRun, first: bool, last: bool) -> DiffRun:
    """Remove unchanged text that is far from any change."""
    if run.kind != "kept":
        return run
    words = WORD.findall(run.text)
    head = [] if first else words[:CONTEXT_WORDS]
    tail = [] if last else words[-CONTEXT_WORDS:]
    if len(words) <= len(head) + len(tail):
        return run
    return DiffRun("kept", "".join(head) + CUT + "".join(tail))


def of_lists(before: Sequence[str], after: Sequence[str]) -> list[DiffRun]:
    """Compare the members of two lists."""
    kept = ", ".join(member for member in before if member in after)
    gone = ", ".join(member for member in before if member not in after)
    new = ", ".join(member for member in after if member not in before)
    return [*([DiffRun("kept", kept)] if kept else []), *of_words(gone, new)]


def of_words(before: str, after: str) -> list[DiffRun]:
    """Return one text as removed and the other as added."""
    return [run for run in (DiffRun("before", before), DiffRun("after", after)) if run.text]


def reasons_for_return(events: Iterable[Event]) -> list[str]:
    """Return what reviewers asked for, return by return."""
    return [str(e.details["reason"]) for e in events if e.kind == "request.returned"]


def changes_asked_for(access_request: AccessRequest) -> str:
    """Return what reviewers are asking for now, if anything; needs events prefetched."""
    if access_request.state != RequestState.RETURNED:
        return ""
    return reasons_for_return(access_request.events.all())[-1]
