"""Citations, read by the parsers that reference managers and repositories use."""

import json
import re
from datetime import date
from io import StringIO
from typing import Any

import jsonschema
import pytest
import time_machine
import yaml
from citeproc import Citation as CitationInText
from citeproc import CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from django.test import Client
from pybtex.database import Entry, parse_string

from lifecycle.catalogue.models import AIModel, Alias, Provider
from lifecycle.config.env import ROOT
from requests_app.reports import citations
from requests_app.reports.citations import Citation

pytestmark = pytest.mark.django_db

CFF_SCHEMA = json.loads((ROOT / "tests/support/schemas/cff-1.2.0.json").read_text())
DAY = date(2026, 11, 30)
ODD_NAMES = [
    "Claude Opus 3",
    r"100 % & #1 of {curly} \ back $lash$ under_score ~tilde ^hat",
    '"Quoted": it\'s - a: yaml, [list] {map} # no comment @misc',
    "Größe 漢字 モデル é",
    "yes",
    "2024-03-04",
    "- null",
    "one { alone",
]


@pytest.fixture
def example(db: None) -> AIModel:
    provider = Provider.objects.create(slug="example-lab", name="Example Lab & Söhne_{1}")
    return AIModel.objects.create(
        identifier="example_1/large@2024",
        name="Example 1",
        provider=provider,
        released="2024-03-04",
    )


def bibtex_entry(citation: Citation) -> Entry:
    (entry,) = parse_string(citations.bibtex(citation), "bibtex").entries.values()
    return entry


# What (La)TeX prints for each: every character that means something else to it.
PRINTED = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    **{f"\\{character}": character for character in "&%$#_"},
}
MACRO = re.compile(r"\\text\w+\{\}|\\.")


def printed(latex: str) -> str:
    """As LaTeX prints it, inside the braces that keep capitals."""
    inside = latex[1:-1] if latex.startswith("{") else latex
    assert not re.search(r"[\\{}&%$#_~^]", MACRO.sub("", inside))
    return MACRO.sub(lambda found: PRINTED[found[0]], inside)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_bibtex_is_read_back_whatever_the_name(example: AIModel, name: str) -> None:
    example.name = name
    entry = bibtex_entry(Citation(example, "Claude API & more_", DAY))
    assert entry.type == "misc"
    assert printed(entry.fields["title"]) == name
    (author,) = entry.persons["author"]
    assert printed(author.last_names[0]) == "Example Lab & Söhne_{1}"
    assert printed(entry.fields["version"]) == "example_1/large@2024"
    assert printed(entry.fields["howpublished"]) == "Claude API & more_"
    assert (entry.fields["year"], entry.fields["month"]) == ("2024", "3")
    assert entry.fields["urldate"] == "2026-11-30"
    assert entry.fields["note"] == "Accessed 2026-11-30 (UTC)"
    assert entry.fields["url"] == "http://localhost:8000/models/example_1/large@2024/"


def test_bibtex_has_a_key_that_bibtex_takes(example: AIModel) -> None:
    (key,) = parse_string(citations.bibtex(Citation(example, "", DAY)), "bibtex").entries
    assert key == "example-1-large-2024"


@pytest.mark.parametrize(
    ("released", "fields", "parts", "day"),
    [
        ("", (None, None), None, None),
        ("2024", ("2024", None), [[2024]], None),
        ("2024-03", ("2024", "3"), [[2024, 3]], None),
        ("2024-03-04", ("2024", "3"), [[2024, 3, 4]], "2024-03-04"),
    ],
)
def test_a_release_is_stated_as_far_as_it_is_known(
    example: AIModel, released: str, fields: tuple[str, str], parts: Any, day: str
) -> None:
    example.released = released
    cited = Citation(example, "", DAY)
    entry = bibtex_entry(cited).fields
    assert (entry.get("year"), entry.get("month")) == fields
    (item,) = json.loads(citations.csl_json(cited))
    assert item.get("issued", {}).get("date-parts") == parts
    assert yaml.safe_load(citations.cff(cited)).get("date-released") == day


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("platform", ["", "Claude API"])
def test_cff_is_valid_by_the_schema_of_the_format(
    example: AIModel, name: str, platform: str
) -> None:
    example.name = name
    written = yaml.safe_load(citations.cff(Citation(example, platform, DAY)))
    jsonschema.Draft7Validator(
        CFF_SCHEMA, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    ).validate(written)
    assert (written["title"], written["version"]) == (name, "example_1/large@2024")
    cited = written["preferred-citation"]
    assert (cited.get("medium", ""), cited["date-accessed"]) == (platform, "2026-11-30")
    assert (cited["title"], cited["year"], cited["month"]) == (name, 2024, 3)


def test_cff_schema_refuses_what_is_wrong(example: AIModel) -> None:
    written = yaml.safe_load(citations.cff(Citation(example, "", DAY)))
    written["preferred-citation"]["date-accessed"] = "yesterday"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, CFF_SCHEMA)


@pytest.mark.filterwarnings("ignore::UserWarning")  # citeproc-py doesn't know the type software
@pytest.mark.parametrize("name", ODD_NAMES)
def test_csl_json_is_printed_by_a_processor(example: AIModel, name: str) -> None:
    example.name = name
    read = json.loads(citations.csl_json(Citation(example, "Claude API", DAY)))
    assert read[0]["type"] == "software"
    assert read[0]["accessed"] == {"date-parts": [[2026, 11, 30]]}
    assert (read[0]["version"], read[0]["medium"]) == ("example_1/large@2024", "Claude API")
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    printer = CitationStylesBibliography(style, CiteProcJSON(read), formatter.plain)
    printer.register(CitationInText([CitationItem(read[0]["id"])]))
    (line,) = map(str, printer.bibliography())
    assert "Example Lab & Söhne_{1}" in line
    assert "2024" in line


@pytest.mark.parametrize(
    ("suffix", "media_type", "name"),
    [
        ("bib", "application/x-bibtex; charset=utf-8", "example_1-large-2024.bib"),
        (
            "csl.json",
            "application/vnd.citationstyles.csl+json; charset=utf-8",
            "example_1-large-2024.csl.json",
        ),
        ("cff", "application/yaml; charset=utf-8", "CITATION.cff"),
    ],
)
def test_downloads_have_their_type_and_name(
    client: Client, example: AIModel, suffix: str, media_type: str, name: str
) -> None:
    Alias.objects.create(ai_model=example, identifier="e1", platform="Example Cloud")
    with time_machine.travel("2026-11-30T23:59:59Z", tick=False):
        answer = client.get(f"/models/{example.identifier}/cite.{suffix}?platform=Example+Cloud")
    assert answer.status_code == 200
    assert answer["Content-Type"] == media_type
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    (form,) = (form for form in citations.FORMATS if form.suffix == suffix)
    assert answer.content.decode() == form.write(Citation(example, "Example Cloud", DAY))


@pytest.mark.parametrize(
    "address",
    [
        "/models/nothing/cite.bib",
        "/models/example_1/large@2024/cite.bib?platform=Elsewhere",
    ],
)
def test_unknown_citations_are_not_found(client: Client, example: AIModel, address: str) -> None:
    assert client.get(address).status_code == 404


def test_files_are_read_without_a_byte_order_mark_or_carriage_return(example: AIModel) -> None:
    for form in citations.FORMATS:
        text = form.write(Citation(example, "Claude API", DAY))
        assert text.endswith("\n")
        assert not {"\r", "\ufeff"} & set(StringIO(text).read())
