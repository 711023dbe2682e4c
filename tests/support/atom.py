"""The schema of Atom feeds (RFC 4287, appendix B)."""

from functools import cache
from typing import Any

from lxml import etree

from lifecycle.config.env import ROOT


@cache
def schema() -> Any:
    return etree.RelaxNG(etree.parse(ROOT / "tests" / "support" / "atom.rng"))
