"""Two institutions that are one, and who may say so."""

import pytest

from lifecycle.people.models import Institution


@pytest.fixture
def oslo(db: None) -> Institution:
    return Institution.objects.create(name="University of Oslo")


@pytest.fixture
def uio(db: None) -> Institution:
    """The same one, as somebody typed it."""
    return Institution.objects.create(name="UiO")
