"""Catalogue models on the desk, without the fields that only an action may change."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from lifecycle.catalogue.admin import AIModelAdmin
from lifecycle.catalogue.models import AIModel
from requests_app.models import RequestedModel
from requests_app.reports import demand


class DeskModelAdmin(AIModelAdmin):
    """Withdrawals are made on the policy's page; a requested model keeps its identifier."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_asked_for = obj and RequestedModel.objects.filter(ai_model=obj).exists()
        names = ("identifier",) if is_asked_for else ()
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "people_who_need_it", "withdrawn_at", *names)

    @admin.display(description="People who need it")
    def people_who_need_it(self, ai_model: AIModel) -> str:
        """Show editors the exact number; the public page has it from five on."""
        return str(demand.exact(ai_model)) if ai_model.pk else "-"


admin.site.unregister(AIModel)
admin.site.register(AIModel, DeskModelAdmin)
