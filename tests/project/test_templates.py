"""What all templates have in common."""

from pathlib import Path

from django.template import Context, Engine

from lifecycle.config.settings import TEMPLATE_LOADERS


def test_the_last_line_break_of_a_file_is_not_rendered(tmp_path: Path) -> None:
    """A partial may stand inside a sentence."""
    (tmp_path / "day.html").write_text("<time>5 May</time>\n")
    engine = Engine(dirs=[str(tmp_path)], loaders=[TEMPLATE_LOADERS[0]])
    sentence = engine.from_string("Until {% include 'day.html' %}.")
    assert sentence.render(Context()) == "Until <time>5 May</time>."
