"""Two texts, or two lists, and what a reader is shown of their difference."""

import pytest

from requests_app.web import differences


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
    runs = differences.of_texts(before, after)
    assert "|".join(signs[run.kind] + run.text for run in runs) == told


def test_texts_show_little_of_what_stayed() -> None:
    words = [str(number) for number in range(99)]
    before, after = (" ".join([*words[:50], letter, *words[50:]]) for letter in "ab")
    first, _, _, last = differences.of_texts(before, after)
    assert first.text.split() == ["…", *words[38:50]]
    assert last.text.split() == [*words[50:62], "…"]


def test_long_texts_of_many_words_are_compared_as_a_whole() -> None:
    before, after = "a " * 4000, "a " * 4000 + "b"
    assert [run.kind for run in differences.of_texts(before, after)] == ["before", "after"]


def test_lists_differ_member_by_member() -> None:
    assert differences.of_lists(["a", "b"], ["b", "c"]) == [
        ("kept", "b"),
        ("before", "a"),
        ("after", "c"),
    ]
