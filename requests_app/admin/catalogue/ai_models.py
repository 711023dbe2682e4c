"""Catalogue models on the desk, without the fields that only an action may change."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from lifecycle.catalogue.admin import AIModelAdmin
from lifecycle.catalogue.models import AIModel
from requests_app.models import RequestedModel


class DeskModelAdmin(AIModelAdmin):
    """Withdrawals are made on the policy's page; a requested model keeps its identifier."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_asked_for = obj and RequestedModel.objects.filter(ai_model=obj).exists()
        names = ("identifier",) if is_asked_for else ()
        return (*super().get_readonly_fields(request, obj), "withdrawn_at", *names)


admin.site.unregister(AIModel)
admin.site.register(AIModel, DeskModelAdmin)
