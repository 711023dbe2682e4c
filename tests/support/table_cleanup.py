"""Empties the tables after a test with real transactions.

Django's flush makes every table and index anew by TRUNCATE, for a few rows that DELETE takes away
in a tenth of the time; and then writes the content types and permissions again, which stay here.
"""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

STAY = {ContentType._meta.db_table, Permission._meta.db_table}
MAY_PASS_TRIGGERS_BY = "SELECT has_parameter_privilege('session_replication_role', 'SET')"
WITH_TRIGGERS = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"


def empty_tables(_case: object) -> None:
    """In any order, without the triggers that refuse it."""
    tables = sorted(set(connection.introspection.django_table_names()) - STAY)
    deletions = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]  # noqa: S608 - our own names
    with transaction.atomic(), connection.cursor() as cursor:
        before, after = as_superuser() if answer(MAY_PASS_TRIGGERS_BY)[0][0] else as_owner()
        cursor.execute(";".join([*before, *deletions, *after]))
        cursor.execute("NOTIFY emeritus_gateway, ''")  # as the triggers would have done


def as_superuser() -> tuple[list[str], list[str]]:
    return ["SET LOCAL session_replication_role = replica"], []


def as_owner() -> tuple[list[str], list[str]]:
    """Where the role is no more than the owner of the tables. It takes three times as long."""
    guarded = [name for (name,) in answer(WITH_TRIGGERS)]
    off = [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in guarded]
    on = [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in guarded]
    return off, ["SET CONSTRAINTS ALL IMMEDIATE", *on]


def answer(question: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())
