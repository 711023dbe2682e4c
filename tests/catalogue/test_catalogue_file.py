"""Catalogue files: every problem named with its line, nothing stored from a bad one."""

import json
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.catalogue import history
from lifecycle.catalogue.file_format import json_positions
from lifecycle.catalogue.models import AIModel, Provider
from tests.catalogue.test_catalogue import DAVINCI, HAIKU, MODELS, OPUS, TEXT, edited

BAD = [
    # An edit of the file, on the line of the problem; what is said of it.
    ('"retires": "2026-04-20"', '"retires": "2026-13-01"',
     f'({HAIKU}).retirements[0].retires: not a date: "2026-13-01"'),
    ('"retires": "2026-04-20"', '"retires": "20260420"', 'not a date: "20260420"'),
    ('"name": "davinci"', '"name": 5', '(davinci).name: should be a valid string, not 5'),
    ('"name": "davinci"', '"name": " "', "(davinci).name: must be one line"),
    ('{\n   "identifier": "davinci",', "{", "].identifier: is missing; add it"),
    ('"name": "davinci",', '"name": "davinci", "title": "",', "(davinci).title: isn't a field"),
    ('"anthropic": 60', '"anthropic": 60, "anthropic": 60', ".anthropic: appears twice"),
    ('"general": 180', '"general": -1', "notice_days.openai.general: should be greater than"),
    ('"anthropic": 60', '"anthropic": "60"', "notice_days.anthropic: should be a valid integer"),
    ('"provider": "google"', '"provider": "gogle"', '.provider: "gogle" isn\'t in notice_days'),
    ('"identifier": "davinci"', '"identifier": "text-davinci-003"', "is already in models["),
    ('"identifier": "davinci"', '"identifier": "da vinci"', "must have no spaces"),
    ('"precision": "day"', '"precision": "week"', "should be 'day', "),
    ('"access": [\n    "product",', '"access": [ "none",', f'({OPUS}).access: has "none" and'),
    ('"access": [\n    "product",', '"access": ["request",', ".access: has a route twice"),
    ('"access": [\n    "product",\n    "request"', '"access": [', ".access: has no route"),
    ('"announced": "2026-02-19"', '"announced": "2026-04-21"', "announced: is after the"),
    ('"to": "2026-04-20"', '"to": "2026-04-21"', "date_changes[0].to: isn't the date in retires"),
    ('{\n       "from": "2026-04-19"',
     '{"from": "2026-04-17", "to": "2026-04-18"}, {\n       "from": "2026-04-19"',
     "date_changes[0].to: isn't where the next change starts (2026-04-19)"),
    ('{\n     "platform": "OpenAI API",\n     "announced": "2023-07-06"',
     '{\n     "platform": "OpenAI API",\n     "announced": null',
     f"({DAVINCI}).retirements[1]: overlaps the round on OpenAI API that ends 2023-03-23"),
    ("09:00 America/Los_Angeles", "09:00 America/Los_Angles", 'unknown time zone: "America/'),
    ("09:00 America/Los_Angeles", "09:00 America", 'unknown time zone: "America"'),
    ("2025-07-21T09:00 A", "2025-07-22T09:00 A", "retires_at_local: isn't on 2025-07-21"),
    ("2025-07-21T09:00 A", "2025-03-09T02:30 A", "because of a clock change"),
    ('"identifier": "gpt-4o"', f'"identifier": "{DAVINCI}"', "].identifier: is the model itself"),
    ('"https://ai.google', '"ftp://ai.google', ").sources[0]: not an http or https address"),
    ('"note": "No', '"note": "\\u0000No', "(sora-2).note: contains a character"),
    ('"models": [', '"models" [', "column 11: this isn't JSON: Expecting ':' delimiter"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), BAD)
def test_load_catalogue_refuses_a_bad_file_whole(
    db: None, tmp_path: Path, old: str, new: str, told: str
) -> None:
    (tmp_path / "models.json").write_text(edited(old, new))
    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", str(tmp_path / "models.json"))
    line = TEXT.count("\n", 0, TEXT.index(old)) + 1
    (problem,) = (text for text in str(refused.value).splitlines() if told in text)
    assert problem.startswith(f"models.json:{line}: ")
    assert not AIModel.objects.exists()
    assert not Provider.objects.exists()


def test_load_catalogue_shows_twenty_problems_and_counts_the_rest(db: None, tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_text(TEXT.replace('"access": [', '"routes": ['))
    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", str(path))
    lines = str(refused.value).splitlines()
    assert len(lines) == 22
    assert lines[-1] == f"and {2 * MODELS - 20} more"


@pytest.mark.parametrize("content", [b"\xff", b"", b"[]", b"5", b"[" * 9999])
def test_load_catalogue_refuses_what_is_no_catalogue(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "models.json"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="models.json"):
        call_command("load_catalogue", str(path))


def test_load_catalogue_reports_what_it_did(db: None) -> None:
    out = StringIO()
    call_command("load_catalogue", stdout=out)
    assert " models: " in out.getvalue()
    assert f"  {OPUS}\n" in out.getvalue()
    call_command("load_catalogue", stdout=(again := StringIO()))
    assert " 0 added, 0 changed," in again.getvalue()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]))
def test_json_lines_finds_every_value(value: Any, indent: int | str | None) -> None:
    text = json.dumps(value, indent=indent)
    located = json_positions.read(f"\n{text}\n")
    assert not located.repeated
    for path, start in located.starts.items():
        here = value
        for part in path:
            here = here[part]
        assert json.JSONDecoder().raw_decode(f"\n{text}\n", start)[0] == here
        assert located.line(path) == f"\n{text}"[:start].count("\n") + 1


DATES = st.lists(st.integers(0, 4), min_size=1, max_size=6).map(
    lambda days: [date(2026, 1, 1) + timedelta(day) for day in days]
)
HISTORIES = DATES.filter(lambda days: all(old != new for old, new in pairwise(days)))


@given(HISTORIES, HISTORIES)
def test_new_dates_keeps_all_that_is_known(known: list[date], listed: list[date]) -> None:
    before, after = history.new_dates(known, listed)
    joined = [*before, *known, *after]
    assert joined[-1] == listed[-1]
    assert all(old != new for old, new in pairwise(joined))
    assert history.new_dates(joined, listed) == ([], [])
