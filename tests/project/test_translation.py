"""Every sentence of the site is marked, and German has all of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog
from django.template.base import Lexer, TokenType

from lifecycle.config.env import ROOT
from translating import catalogues

TEMPLATES = ROOT / "templates"
IN_ENGLISH = ("admin/",)
SAID_IN_EVERY_LANGUAGE = {"Emeritus", "UTC", "emk_", "unreadable", "utf", "application"}
PATH = re.compile(r"(?<![<\w])/[\w/#?=-]+")
UNTRANSLATABLE = re.compile(r"<(pre|script|code|style)\b.*?</\1>|<!DOCTYPE html>|&\w+;", re.S)
READ_ALOUD = re.compile(r"\b(?:alt|title|aria-label|placeholder)=\"([^\"]*)\"")
WORD = re.compile(r"[A-Za-z]{2,}")
GIVEN = re.compile(r"\w+=\"([A-Z][^\"]+)\"|default:\"([A-Z][^\"]*)\"")
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]")


def site_templates() -> list[Path]:
    found = [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]
    return [p for p in found if not str(p.relative_to(TEMPLATES)).startswith(IN_ENGLISH)]


def unmarked(source: str) -> Iterator[str]:
    """Words that a reader would see and no translator would."""
    shown, inside = "", ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(" ")[0] if token.token_type == TokenType.BLOCK else ""
        if name in ("blocktranslate", "comment"):
            inside = f"end{name}"
        elif name and name == inside:
            inside = ""
        elif token.token_type == TokenType.TEXT and not inside:
            shown += token.contents
        elif not inside:
            shown += " "
            if name == "include":
                yield from (a or b for a, b in GIVEN.findall(token.contents))
    shown = PATH.sub(" ", UNTRANSLATABLE.sub(" ", shown))
    texts = [*READ_ALOUD.findall(shown), re.sub(r"<[^>]*>", " ", shown)]
    words = {word for text in texts for word in WORD.findall(text)}
    yield from sorted(words - SAID_IN_EVERY_LANGUAGE)


def test_unmarked_finds_what_it_looks_for() -> None:
    """It could fail."""
    assert list(unmarked("<p>Hello {{ x }}</p>{% translate 'no' %}")) == ["Hello"]
    assert list(unmarked('<a title="Out" href="{% url "x" %}">{{ y }}</a>')) == ["Out"]
    assert list(unmarked('{% include "a.html" with text="Go on" %}')) == ["Go on"]
    assert list(unmarked("{% blocktranslate %}Yes{% endblocktranslate %}")) == []


def test_every_sentence_of_a_template_is_marked() -> None:
    found = {path: list(unmarked(path.read_text())) for path in site_templates()}
    assert {path: sentences for path, sentences in found.items() if sentences} == {}


def test_days_are_written_as_the_language_does() -> None:
    assert [path for path in site_templates() if 'date:"j' in path.read_text()] == []


@pytest.fixture(params=catalogues.translated())
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return catalogues.kept(str(request.param))


def texts(content: object) -> list[str]:
    return [str(one) for one in content] if isinstance(content, tuple | list) else [str(content)]


def holes(content: object) -> set[str]:
    return {hole for text in texts(content) for hole in HOLE.findall(text)}


def test_catalogue_says_everything_and_keeps_what_is_filled_in(catalogue: Catalog) -> None:
    for message in catalogue:
        if message.id:
            assert all(texts(message.string)), message.id
            assert not message.fuzzy, message.id
            assert holes(message.id) == holes(message.string), message.id
            assert not list(message.check(catalogue)), message.id
            links = [re.findall(r'<a [^>]*href="([^"]*)"', str(s)) for s in texts(message.string)]
            assert links[0] == re.findall(r'<a [^>]*href="([^"]*)"', texts(message.id)[0])


def test_catalogue_is_compiled(catalogue: Catalog) -> None:
    path = catalogues.po_file(str(catalogue.locale))
    assert path.with_suffix(".mo").read_bytes() == catalogues.compiled(catalogue)


def glossary() -> list[tuple[str, str]]:
    """The pairs of English and German in docs/translating.md."""
    table = (ROOT / "docs" / "translating.md").read_text().partition("| English | German |")[2]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", table, re.MULTILINE)
    return [(english.strip(), german.strip()) for english, german in rows]


@pytest.fixture(scope="module")
def sentences() -> list[tuple[str, str]]:
    return [(str(m.id), str(m.string)) for m in catalogues.kept("de") if m.id]


@pytest.mark.parametrize("pair", glossary(), ids=" ".join)
def test_german_uses_the_word_of_the_glossary(
    sentences: list[tuple[str, str]], pair: tuple[str, str]
) -> None:
    english, german = (re.compile(rf"\b{re.escape(each)}", re.IGNORECASE) for each in pair)
    assert any(english.search(source) and german.search(text) for source, text in sentences)


def test_glossary_has_the_verbs_of_the_field() -> None:
    verbs = {"request access", "approved", "declined", "request changes", "revoke", "rotate"}
    assert verbs | {"expired"} <= {english for english, _ in glossary()}
