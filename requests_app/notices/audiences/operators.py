"""Who is told of technical problems."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from lifecycle.people.models import User
from requests_app.models import Event


def operators(row: Any, event: Event) -> Iterable[User]:
    """the operators: people in OPERATOR_EMAILS, or else all superusers"""
    return all_operators()


def all_operators() -> QuerySet[User]:
    """Return the people who are notified of technical problems."""
    people = User.objects.filter(is_active=True)
    if settings.OPERATOR_EMAILS:
        return people.filter(email__in=settings.OPERATOR_EMAILS)
    return people.filter(is_superuser=True)
