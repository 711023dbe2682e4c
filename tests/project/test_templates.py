"""What all templates have in common."""

from pathlib import Path

import pytest
from django.template import Context, Engine

from lifecycle.config.env import ROOT
from lifecycle.config.settings import TEMPLATE_LOADERS

TEMPLATES = ROOT / "templates"
MAX_WIDTH = 120
FILES = [path for path in TEMPLATES.rglob("*") if path.is_file()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_line_is_wider_than_a_screen(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if len(line) > MAX_WIDTH] == []


def test_the_last_line_break_of_a_file_is_not_rendered(tmp_path: Path) -> None:
    """A partial may stand inside a sentence."""
    (tmp_path / "day.html").write_text("<time>5 May</time>\n")
    engine = Engine(dirs=[str(tmp_path)], loaders=[TEMPLATE_LOADERS[0]])
    sentence = engine.from_string("Until {% include 'day.html' %}.")
    assert sentence.render(Context()) == "Until <time>5 May</time>."
