"""Models on the desk, without what only another action may change."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest

from lifecycle.admin_columns import column
from lifecycle.catalogue import editing as marks
from lifecycle.catalogue import provenance
from lifecycle.catalogue.models import AIModel, Retirement
from lifecycle.text.form_fields import LineField
from requests_app.actions.catalogue import editing
from requests_app.admin.base import person
from requests_app.admin.catalogue.inlines import (
    AccessRouteInline,
    AliasInline,
    FeatureEndInline,
    ReplacementInline,
    RetirementInline,
    SDKVersionInline,
    lines,
)
from requests_app.admin.catalogue.rows import CatalogueRowAdmin
from requests_app.models import Proposal, RequestedModel
from requests_app.reports import demand


@admin.register(AIModel)
class AIModelAdmin(CatalogueRowAdmin):
    """Withdrawals are made on the policy's page; a requested model keeps its identifier."""

    list_display = ("name", "identifier", "provider", "released", column("withdrawn_at"))
    list_filter = ("provider", "access_routes__kind")
    list_select_related = ("provider",)
    search_fields = ("identifier",)
    search_comparable = ("comparable_name",)
    inlines = (
        RetirementInline,
        ReplacementInline,
        AliasInline,
        AccessRouteInline,
        FeatureEndInline,
        SDKVersionInline,
    )

    def act(
        self, request: HttpRequest, row: Any, write: Callable[[], Any], reason: str
    ) -> Proposal | None:
        who = person(request)
        if row is None:
            editing.add(write, by=who, reason=reason)
            return None
        return editing.edit(row, write, by=who, reason=reason)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_asked_for = obj and RequestedModel.objects.filter(ai_model=obj).exists()
        names = ("identifier",) if is_asked_for else ()
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "people_who_need_it", "withdrawn_at", *names)

    @admin.display(description="People who need it")
    def people_who_need_it(self, ai_model: AIModel) -> str:
        """Show editors the exact number; the public page has it from five on."""
        return str(demand.exact(ai_model)) if ai_model.pk else "-"

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "sources":
            return lines(forms.URLField(assume_scheme="https", max_length=500), "One URL per line.")
        if db_field.name == "parameters":
            return lines(LineField(max_length=100), f"{db_field.help_text} One per line.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Retirement:
            formset.save(commit=False)
            for row_form in formset.forms:
                if row_form.has_changed():
                    marks.save_edited(row_form.instance)
                    row_form.explain()
            formset.save_m2m()
            return
        fact = formset.fk.remote_field.related_name
        before = provenance.written(provenance.value_of(form.instance, fact)) if change else None
        super().save_formset(request, form, formset, change)
        if fact not in form.cleaned_data["leave_to_file"]:
            marks.note_edited_rows(form.instance, fact, before)
