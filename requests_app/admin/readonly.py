"""What every page of the review desk shares: nothing is added, edited or deleted as a row."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from lifecycle.people.models import User


def person(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else in."""
    assert isinstance(request.user, User)  # admin_view has checked it
    return request.user


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Lists and shows rows that concern the person; `scope` says which those are."""

    actions = None

    def scope(self, who: User) -> Q:
        """Which rows somebody may see who isn't a superuser."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows, who = super().get_queryset(request), person(request)
        return rows if who.is_superuser else rows.filter(self.scope(who)).distinct()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Every row that the queryset lets through."""
        return person(request).is_staff

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
