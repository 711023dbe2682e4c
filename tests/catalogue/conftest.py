"""A model in service, and who edits the catalogue."""

import pytest

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import User
from tests.conftest import person
from tests.voice.conftest import editor


@pytest.fixture
def lab(db: None) -> Provider:
    return Provider.objects.create(slug="example-lab", name="Example Lab")


@pytest.fixture
def example(lab: Provider) -> AIModel:
    """In service: nothing was announced."""
    return AIModel.objects.create(identifier="example-1", provider=lab, name="Example 1")


@pytest.fixture
def erin(db: None) -> User:
    """An editor of the catalogue."""
    return editor(person("erin", staff=True))
