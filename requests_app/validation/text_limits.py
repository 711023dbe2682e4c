"""Limits of a request's texts: numbers of words and characters, and no keys."""

from collections.abc import Iterator

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lifecycle.config.logs import redacted
from lifecycle.text.normalization import canonical, one_line, tidied
from lifecycle.text.validation import line_problem
from lifecycle.text.word_count import count
from requests_app.models import Revision
from requests_app.refusals import Invalid
from requests_app.validation.request_input import RequestInput

MAX_WORDS = {"team": 200, "purpose": 300, "expected_use": 100, "inputs": 200, "safety": 200}
MAX_TITLE_LENGTH = 120
MAX_LABEL_LENGTH = 60
MAX_NOTE_LENGTH = 2_000
MAX_TEXT_LENGTH = 10_000  # characters, against words of absurd length
MAX_APPEAL_LENGTH = 16_000  # a purpose after the longest possible reason


def check(request_input: RequestInput, sent: Revision | None, *, is_appeal: bool) -> None:
    """Raise Invalid for a text over its limit, unless it was submitted before."""
    if errors := dict(_too_long(request_input, sent, is_appeal)):
        raise Invalid(errors)


def _too_long(
    request_input: RequestInput, sent: Revision | None, is_appeal: bool
) -> Iterator[tuple[str, str]]:
    if sentence := title_problem(request_input.title):
        yield "title", sentence
    for name, most in MAX_WORDS.items():
        text = getattr(request_input, name)
        if sent and text == canonical(getattr(sent, name)):
            continue
        if sentence := _problem(text, most, is_free=is_appeal and name == "purpose"):
            yield name, sentence


def title_problem(title: str) -> str | None:
    return _name_problem(title, MAX_TITLE_LENGTH)


def _name_problem(name: str, most: int) -> str | None:
    return has_key(name) or length_limit_problem(name, most) or line_problem(name)


def checked_label(label: str) -> str:
    """Return the normalized name of a key. Raises Invalid."""
    label = one_line(label)
    if problem := _name_problem(label, MAX_LABEL_LENGTH):
        raise Invalid({"label": problem})
    return label


def checked_note(note: str, revision: Revision) -> str:
    """Return the normalized note with which a revision is sent again. Raises Invalid."""
    note = tidied(note)
    if note and revision.number == 1:
        raise Invalid({"note": _("Only a request that was returned to you can have a note.")})
    if sentence := has_key(note) or length_limit_problem(note, MAX_NOTE_LENGTH):
        raise Invalid({"note": sentence})
    return note


def _problem(text: str, most: int, *, is_free: bool) -> str | None:
    """Return what is wrong with a text, or None; an appeal's purpose has no word limit.

    It begins with the appeal's reason.
    """
    if is_free:
        return has_key(text) or length_limit_problem(text, MAX_APPEAL_LENGTH)
    return (
        has_key(text)
        or length_limit_problem(text, MAX_TEXT_LENGTH)
        or word_limit_problem(text, most)
    )


def has_key(text: str) -> str | None:
    if redacted(text) == text:
        return None
    return _("This text contains a key. Remove it, then revoke the key.")


def length_limit_problem(text: str, most: int) -> str | None:
    if len(text) <= most:
        return None
    return _("Use at most %(most)s characters.") % {
        "most": number_format(most, force_grouping=True)
    }


def word_limit_problem(text: str, most: int) -> str | None:
    written = count(text)
    if written <= most:
        return None
    sentence = _("Shorten this to %(most)d words (now %(count)d).")
    return sentence % {"most": most, "count": written}
