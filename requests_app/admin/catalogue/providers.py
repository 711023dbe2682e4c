"""Providers on the desk, with the notice that they promise."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from lifecycle.catalogue.models import Provider
from requests_app.actions.catalogue import editing
from requests_app.admin.base import person
from requests_app.admin.catalogue.rows import CatalogueRowAdmin


@admin.register(Provider)
class ProviderAdmin(CatalogueRowAdmin):
    list_display = ("name", "slug", "notice_days")

    def act(self, request: HttpRequest, row: Any, write: Callable[[], Any], reason: str) -> None:
        who = person(request)
        if row is None:
            editing.add_provider(write, by=who, reason=reason)
        else:
            editing.edit_provider(row, write, by=who, reason=reason)
