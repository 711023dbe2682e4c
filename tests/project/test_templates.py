"""What all templates have in common."""

import re
from pathlib import Path

import pytest
from django.template import Context, Engine

from lifecycle.config.env import ROOT
from lifecycle.config.settings import TEMPLATE_LOADERS

TEMPLATES = ROOT / "templates"
MAX_WIDTH = 120
FILES = [path for path in TEMPLATES.rglob("*") if path.is_file()]

# A line break and its indentation are rendered as a blank, here before a comma or a full stop.
BLANK_BEFORE_PUNCTUATION = re.compile(r"^\s*(?:\{% (?:if|for|with) [^%]*%\})+[,.;:)!?].*", re.M)
INCLUDED_BEFORE_PUNCTUATION = re.compile(r'\{% include "([^"]+)"[^%]*%\}[,.;:)!?]')


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_line_is_wider_than_a_screen(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if len(line) > MAX_WIDTH] == []


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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_blank_stands_before_punctuation(path: Path) -> None:
    text = path.read_text()
    assert BLANK_BEFORE_PUNCTUATION.findall(text) == []
    for included in INCLUDED_BEFORE_PUNCTUATION.findall(text):
        *_, last = (TEMPLATES / included).read_text().splitlines()
        assert not last.startswith("{% end"), f"{included} ends with a blank"
