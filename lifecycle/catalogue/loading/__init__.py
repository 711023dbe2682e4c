"""Load validated files into the catalogue, without changing what a person set."""

from lifecycle.catalogue.loading.catalogue import load
from lifecycle.catalogue.loading.report import FactChange, LoadReport

__all__ = ["FactChange", "LoadReport", "load"]
