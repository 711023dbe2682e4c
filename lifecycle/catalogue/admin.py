"""The catalogue in the admin. Nothing that was retired is deleted; its dates move, and say so."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.forms import BaseInlineFormSet, ModelForm, URLField
from django.http import HttpRequest

from lifecycle.catalogue import loading
from lifecycle.catalogue.files import access_problem
from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    DateChange,
    Provider,
    Replacement,
    Retirement,
)
from lifecycle.columns import column


class Lines(SimpleArrayField):
    """One value on each line; empty lines don't count."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = self.delimiter.join(line for line in value.splitlines() if line.strip())
        return super().to_python(value)


class AccessRouteFormSet(BaseInlineFormSet[AccessRoute, AIModel, ModelForm[AccessRoute]]):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data]
        problem = access_problem([row["kind"] for row in rows if not row.get("DELETE")])
        if problem:
            raise ValidationError(f"The list {problem}.")


class RetirementInline(admin.StackedInline[Retirement, AIModel]):
    """Stacked: side by side its fields are wider than a page. The change link leads to the history
    of the date.
    """

    model = Retirement
    exclude = ("round",)
    can_delete = False
    show_change_link = True
    extra = 0


class ReplacementInline(admin.TabularInline[Replacement, AIModel]):
    model = Replacement
    extra = 0


class AccessRouteInline(admin.TabularInline[AccessRoute, AIModel]):
    model = AccessRoute
    formset = AccessRouteFormSet
    extra = 0


class DateChangeInline(admin.TabularInline[DateChange, Retirement]):
    """Only ever read."""

    model = DateChange
    fields = ("from_date", "to_date")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class KeptAdmin(admin.ModelAdmin[Any]):
    """Rows may be added and corrected, never deleted: histories hang on them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        loading.lock()
        super().save_model(request, obj, form, change)


@admin.register(AIModel)
class AIModelAdmin(KeptAdmin):
    list_display = ("name", "identifier", "provider", "released", column("withdrawn_at"))
    list_filter = ("provider", "access_routes__kind")
    list_select_related = ("provider",)
    search_fields = ("identifier", "name")
    inlines = (RetirementInline, ReplacementInline, AccessRouteInline)

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name != "sources":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        one = URLField(assume_scheme="https", max_length=500)
        widget = AdminTextareaWidget()
        about = "One address on each line."
        return Lines(one, delimiter="\n", required=False, widget=widget, help_text=about)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Retirement:
            super().save_formset(request, form, formset, change)
            return
        for retirement in formset.save(commit=False):
            loading.save_retirement(retirement)
        formset.save_m2m()


@admin.register(Retirement)
class RetirementAdmin(KeptAdmin):
    """One retirement, with the history of its date."""

    list_display = (
        "ai_model",
        "platform",
        "round",
        column("announced"),
        column("retires"),
        "precision",
    )
    list_filter = ("precision", "platform")
    list_select_related = ("ai_model",)
    search_fields = ("ai_model__identifier", "ai_model__name", "platform")
    readonly_fields = ("ai_model", "round")
    inlines = (DateChangeInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It is added on its model's page."""
        return False

    def save_model(self, request: HttpRequest, obj: Retirement, form: Any, change: bool) -> None:
        loading.save_retirement(obj)


@admin.register(Provider)
class ProviderAdmin(KeptAdmin):
    list_display = ("name", "slug", "notice_days")
