"""Models of the catalogue on the desk: what an action owns, or keys hang on, is only read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from lifecycle.catalogue.admin import AIModelAdmin
from lifecycle.catalogue.models import AIModel
from requests_app.models import RequestedModel


class DeskModelAdmin(AIModelAdmin):
    """A model is withdrawn on its policy's page, for good. Asked for, it keeps its identifier."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_asked_for = obj and RequestedModel.objects.filter(ai_model=obj).exists()
        names = ("identifier",) if is_asked_for else ()
        return (*super().get_readonly_fields(request, obj), "withdrawn_at", *names)


admin.site.unregister(AIModel)
admin.site.register(AIModel, DeskModelAdmin)
