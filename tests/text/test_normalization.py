"""The one form of a text: line ends, Unicode's forms, what can be seen, what is a name."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError

from lifecycle.text.form_fields import ProseField
from lifecycle.text.normalization import canonical, comparable, one_line, opaque_string, tidied
from lifecycle.text.validation import validate_line

NFD = unicodedata.normalize("NFD", "Müller")
LRI, RLO, ZWSP, FILLER = "\u2066", "\u202e", "\u200b", "\u3164"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\x85", "\u2028", "\u2029"])
def test_line_end_is_one_character_whatever_it_was(end: str) -> None:
    assert canonical(f"a{end}{end}b") == "a\n\nb"


def test_text_is_stored_in_one_form_of_unicode() -> None:
    assert canonical(NFD) == "Müller" != NFD


@pytest.mark.parametrize(
    "nothing", ["", " \n", ZWSP, FILLER, "\uffa0", "\u0301", "\u0301" * 149, "\u2800", "\xad\ufeff"]
)
def test_text_without_anything_to_see_is_empty(nothing: str) -> None:
    assert tidied(nothing) == ""


@pytest.mark.parametrize("unreadable", ["…", "—", "?!", "´", "👍"])
def test_text_without_letters_is_kept_where_none_is_needed(unreadable: str) -> None:
    assert tidied(unreadable) == unreadable
    assert ProseField(required=False).clean(unreadable) == unreadable
    with pytest.raises(ValidationError, match="required"):
        ProseField().clean(unreadable)


NAMES = [
    "علی‌رضا",
    "ශ්‍රී",
    "क्‍ष",
    "അവന്‍",
    "Nguyễn Thị Ánh",
    "O’Neill-Őz",
    "葛\U000e0100城",
    "שָׁלוֹם",
    "སྒྲུབ",
    "Team 👩‍🔬",
    "3M",
]


@pytest.mark.parametrize("name", NAMES)
def test_name_is_taken_as_its_script_writes_it(name: str) -> None:
    validate_line(one_line(name))
    assert one_line(name) == canonical(name)


@pytest.mark.parametrize(
    "name",
    [
        "A\nhttp://evil.example",
        "A\x00B",
        f"A{RLO}B",
        f"A{LRI}B",
        "A\u200fB",
        f"Al{ZWSP}ice",
        "Al\u200dice",
        "Al\u200cice",
        "ع\u200c",
        "a" + "\u0301" * 149,
        "…",
    ],
)
def test_name_that_breaks_its_line_or_looks_like_another_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_line(one_line(name))


@pytest.mark.parametrize("blank", ["\xa0", "\u202f", "\u3000", "\t", "  "])
def test_blanks_in_one_line_become_one_space(blank: str) -> None:
    assert one_line(f"{blank}Max{blank}Planck{blank}") == "Max Planck"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NFD, "MÜLLER"),
        ("straße", "STRASSE"),
        ("Ｅｘａｍｐｌｅ　Ｌａｂ", "example lab"),
        ("علی‌رضا", "علیرضا"),
        ("ΟΔΟΣ", "οδος"),
        ("ﬁne", "FINE"),
        (f"Ali{ZWSP}ce", "alice"),
        ("\u212aiel", "kiel"),
    ],
)
def test_comparable_texts_are_equal_for_their_readers(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)
    assert comparable(comparable(one)) == comparable(one)


def test_different_letters_stay_different_when_compared() -> None:
    assert comparable("Müller") != comparable("Muller")


def test_password_keeps_case_and_width_and_loses_only_the_keyboard() -> None:
    assert opaque_string(f"{NFD}\xa0ＡB") == "Müller ＡB"
