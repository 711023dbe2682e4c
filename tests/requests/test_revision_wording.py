"""Two texts, or two lists, and what a reader is shown of their difference."""

from difflib import SequenceMatcher
from typing import Any

import pytest

from requests_app.wording import revisions


@pytest.mark.parametrize(("before", "after", "told"), [
    ("a b c", "a x c", "=a |-b|+x|= c"),
    ("a b", "a b c", "=a b|+ c"),
    ("a b", "x y", "-a b|+x y"),
    ("a b.\n\ne", "a b. c d.\n\ne", "=a b.|+ c d.|=\n\ne"),
    ("a b c d e", "x b c d y", "-a|+x|= b c d |-e|+y"),
    ("a", "", "-a"),
])  # fmt: skip
def test_texts_differ_word_by_word(before: str, after: str, told: str) -> None:
    signs = {"kept": "=", "before": "-", "after": "+"}
    runs = revisions.of_texts(before, after)
    assert "|".join(signs[run.kind] + run.text for run in runs) == told


def test_texts_show_little_of_what_stayed() -> None:
    words = [str(number) for number in range(99)]
    before, after = (" ".join([*words[:50], letter, *words[50:]]) for letter in "ab")
    first, _, _, last = revisions.of_texts(before, after)
    assert first.text.split() == ["…", *words[38:50]]
    assert last.text.split() == [*words[50:62], "…"]


LONGEST = 10_000  # characters of a purpose

HARD = {
    "single letters": ("a " * (LONGEST // 2), "b a " * (LONGEST // 4)),
    "few words": ("one two three " * 700, "three two one " * 700),
    "many short lines": ("a\n\n" * (LONGEST // 3), "b\na\n" * (LONGEST // 4)),
    "turned round": tuple(" ".join(map(str, order)) for order in (range(2000), range(2000, 0, -1))),
    "one long line": ("x" * LONGEST, "y" * LONGEST),
}


@pytest.mark.parametrize("name", HARD)
def test_comparing_is_bounded_however_long_the_texts(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []

    class Counting(SequenceMatcher):  # type: ignore[type-arg]  # generic in its stubs only
        def __init__(self, junk: Any, old: Any, new: Any) -> None:
            counted.append(len(old) + len(new))
            super().__init__(junk, old, new)

    monkeypatch.setattr(revisions, "SequenceMatcher", Counting)
    before, after = HARD[name]
    assert {run.kind for run in revisions.of_texts(before, after)} >= {"before", "after"}
    assert sum(counted) <= revisions.MAX_COMPARED_TOKENS


def test_long_text_with_a_small_change_is_still_compared_by_words() -> None:
    words = [str(number) for number in range(2000)]
    before, after = (" ".join([*words[:900], letter, *words[900:]]) for letter in "ab")
    changed = [run for run in revisions.of_texts(before, after) if run.kind != "kept"]
    assert changed == [("before", "a"), ("after", "b")]


def test_text_of_which_much_changed_is_compared_by_lines() -> None:
    line = " ".join(str(number) for number in range(300))
    before, after = (f"{line}\n" + f"{letter} " * 900 + f"\n{line}" for letter in "ab")
    runs = revisions.of_texts(before, after)
    assert [run.kind for run in runs] == ["kept", "before", "after", "kept"]
    assert [run.text[:2] for run in runs[1:3]] == ["a ", "b "]


def test_lists_differ_member_by_member() -> None:
    assert revisions.of_lists(["a", "b"], ["b", "c"]) == [
        ("kept", "b"),
        ("before", "a"),
        ("after", "c"),
    ]
