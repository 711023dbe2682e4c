"""What a load did and left alone."""

from dataclasses import dataclass, field
from typing import NamedTuple

from lifecycle.catalogue.models import CatalogueRow


class FactChange(NamedTuple):
    """One fact of a row that a load changed, in words; `before` is empty for a new row."""

    row: CatalogueRow
    fact: str
    before: str
    after: str
    is_new: bool


@dataclass
class LoadReport:
    """Identifiers of models, sentences about dates and facts, and each changed fact."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    not_in_file: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    set_by_people: list[str] = field(default_factory=list)
    facts: list[FactChange] = field(default_factory=list)
