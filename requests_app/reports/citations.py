"""How to cite a model, in the formats that reference managers and repositories read."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote

import yaml
from django.conf import settings
from django.urls import reverse

from lifecycle.catalogue.models import AIModel

# The characters that mean something else to (La)TeX, and what prints them.
LATEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # BibTeX counts braces whether escaped or not, so an unpaired one would end the entry.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}
CFF_MESSAGE = "If you use this model, please cite it as below."


class Citation(NamedTuple):
    """A model as it was reached on one platform (empty: none in particular) on one UTC day."""

    ai_model: AIModel
    platform: str
    accessed: date

    @property
    def url(self) -> str:
        """Return the model's page in this catalogue, which stays when the provider's is gone."""
        return settings.SITE_URL + reverse("model", args=[self.ai_model.identifier])

    @property
    def released(self) -> list[int]:
        """Return year, month and day of the release, as far as they are known."""
        return [int(part) for part in self.ai_model.released.split("-") if part]


class CitationFormat(NamedTuple):
    """A format to cite in; `suffix` ends its address."""

    name: str
    suffix: str
    media_type: str
    write: Callable[[Citation], str]


def bibtex(citation: Citation) -> str:
    """Return a BibTeX entry, which BibLaTeX reads too."""
    ai_model, released = citation.ai_model, citation.released
    year, month = [*map(str, released[:2]), "", ""][:2]
    note = f"Accessed {citation.accessed} (UTC)"
    fields = {
        # In two pairs of braces: a provider is one name, and titles keep their capitals.
        "author": f"{{{_latex(str(ai_model.provider))}}}",
        "title": f"{{{_latex(ai_model.name)}}}",
        "year": year,
        "month": month,
        "version": _latex(ai_model.identifier),
        "howpublished": _latex(citation.platform),
        "url": quote(citation.url, safe=":/?=&@+,;!*()'[]"),
        "urldate": str(citation.accessed),
        "note": _latex(note),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    key = re.sub(r"[^A-Za-z0-9.:-]+", "-", ai_model.identifier)
    return "\n".join([f"@misc{{{key},", *lines, "}", ""])


def _latex(text: str) -> str:
    return "".join(LATEX_ESCAPES.get(character, character) for character in text)


def csl_json(citation: Citation) -> str:
    """Return CSL-JSON 1.0.2, a list with one item."""
    ai_model, day = citation.ai_model, citation.accessed
    item: Mapping[str, Any] = {
        "id": ai_model.identifier,
        "type": "software",
        "title": ai_model.name,
        "author": [{"literal": str(ai_model.provider)}],
        "publisher": str(ai_model.provider),
        "version": ai_model.identifier,
        "medium": citation.platform,
        "issued": {"date-parts": [citation.released]} if citation.released else "",
        "accessed": {"date-parts": [[day.year, day.month, day.day]]},
        "URL": citation.url,
    }
    # One line for each field: dates are nested lists, which would take ten.
    lines = [
        f'  "{name}": {json.dumps(value, ensure_ascii=False)}'
        for name, value in item.items()
        if value
    ]
    return "[{\n" + ",\n".join(lines) + "\n}]\n"


def cff(citation: Citation) -> str:
    """Return a CITATION.cff, version 1.2.0 of the Citation File Format."""
    # Only a reference has platform and day of access, which the top of the file can't name.
    reference = {
        **_cff_entry(citation),
        **dict(zip(("year", "month"), citation.released, strict=False)),
        "medium": citation.platform,
        "date-accessed": str(citation.accessed),
    }
    stated = {name: value for name, value in reference.items() if value}
    head = {"cff-version": "1.2.0", "message": CFF_MESSAGE}
    file = {**head, **_cff_entry(citation), "preferred-citation": stated}
    return str(yaml.safe_dump(file, sort_keys=False, allow_unicode=True, width=1000))


def _cff_entry(citation: Citation) -> dict[str, Any]:
    ai_model = citation.ai_model
    entry = {
        "type": "software",
        "title": ai_model.name,
        "authors": [{"name": str(ai_model.provider)}],
        "version": ai_model.identifier,
        "url": citation.url,
    }
    is_a_day = len(citation.released) == len(("year", "month", "day"))
    return entry | ({"date-released": ai_model.released} if is_a_day else {})


FORMATS: tuple[CitationFormat, ...] = (
    CitationFormat("BibTeX", "bib", "application/x-bibtex", bibtex),
    CitationFormat("CSL-JSON", "csl.json", "application/vnd.citationstyles.csl+json", csl_json),
    CitationFormat("CITATION.cff", "cff", "application/yaml", cff),
)


def file_name(citation: Citation, form: CitationFormat) -> str:
    """Return the download's name; GitHub and others look for a CITATION.cff by this one."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", citation.ai_model.identifier)
    return "CITATION.cff" if form.suffix == "cff" else f"{stem}.{form.suffix}"
