"""The models of the catalogue's tests."""

from tests.catalogue.conftest import erin, example, lab

__all__ = ["erin", "example", "lab"]
