"""What all templates have in common."""

import re
from pathlib import Path

import pytest
from django.template import Context, Engine

from lifecycle.config.env import ROOT
from lifecycle.config.settings import TEMPLATE_LOADERS

TEMPLATES = ROOT / "templates"
MAX_WIDTH = 120  # in bytes: tools that show or count lines differ in what a character is
FILES = [path for path in TEMPLATES.rglob("*") if path.is_file()]

# A line break and its indentation are rendered as a blank, here before a comma or a full stop.
BLANK_BEFORE_PUNCTUATION = re.compile(r"^\s*(?:\{% (?:if|for|with) [^%]*%\})+[,.;:)!?].*", re.M)
INCLUDED_BEFORE_PUNCTUATION = re.compile(r'\{% include "([^"]+)"[^%]*%\}[,.;:)!?]')


def test_no_line_is_wider_than_a_screen() -> None:
    lines = [(path, line) for path in FILES for line in path.read_text().splitlines()]
    assert [(path, line) for path, line in lines if len(line.encode()) > MAX_WIDTH] == []


def test_the_last_line_break_of_a_file_is_not_rendered(tmp_path: Path) -> None:
    """A partial may stand inside a sentence."""
    (tmp_path / "day.html").write_text("<time>5 May</time>\n")
    engine = Engine(dirs=[str(tmp_path)], loaders=[TEMPLATE_LOADERS[0]])
    sentence = engine.from_string("Until {% include 'day.html' %}.")
    assert sentence.render(Context()) == "Until <time>5 May</time>."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ name }}{% if at %}, {{ at }}{% endif %}.", False),
        ("{{ name }}\n    {% if at %}, {{ at }}{% endif %}.", True),
        ("{% endfor %}\n    {% for each in rows %}{% if first %}. Moved{% endif %}", True),
        ("{% endblocktranslate %}\n    {% if at %}at {{ at }}{% endif %}.", False),
    ],
)
def test_a_blank_before_punctuation_is_found(text: str, found: bool) -> None:
    assert bool(BLANK_BEFORE_PUNCTUATION.search(text)) == found


def test_no_blank_stands_before_punctuation() -> None:
    texts = {path: path.read_text() for path in FILES}
    blanks = {path: BLANK_BEFORE_PUNCTUATION.findall(text) for path, text in texts.items()}
    assert {path: found for path, found in blanks.items() if found} == {}
    included = {
        name for text in texts.values() for name in INCLUDED_BEFORE_PUNCTUATION.findall(text)
    }
    last_lines = {name: texts[TEMPLATES / name].splitlines()[-1] for name in included}
    assert [name for name, line in last_lines.items() if line.startswith("{% end")] == []
