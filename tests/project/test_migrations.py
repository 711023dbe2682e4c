"""Migrations go both ways, and carry no data: nothing of them has been released."""

import pytest
from django.db import connection
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader

OURS = ("catalogue", "people", "requests_app", "voice")


def of(app: str) -> list[Migration]:
    found = MigrationLoader(connection, replace_migrations=False).disk_migrations
    return [migration for (label, _name), migration in found.items() if label == app]


@pytest.mark.django_db
@pytest.mark.parametrize("app", OURS)
def test_migrations_can_be_reversed_and_carry_no_data(app: str) -> None:
    operations = [operation for migration in of(app) for operation in migration.operations]
    assert operations
    for operation in operations:
        assert operation.reversible, operation
        assert not isinstance(operation, RunPython), operation
