"""The rows of a model that are edited on its page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from lifecycle.catalogue import provenance
from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Alias,
    DateChange,
    FeatureEnd,
    Replacement,
    Retirement,
    SDKVersion,
)
from lifecycle.text.admin import FIELDS
from requests_app.admin.catalogue.moved_dates import MovedDateForm
from requests_app.admin.catalogue.rows import ForEditors


class LinesField(SimpleArrayField):
    """One value per line; empty lines don't count."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = self.delimiter.join(line for line in value.splitlines() if line.strip())
        return super().to_python(value)


def lines(one: forms.CharField, about: str) -> LinesField:
    widget = AdminTextareaWidget()
    return LinesField(one, delimiter="\n", required=False, widget=widget, help_text=about)


RouteForm = forms.ModelForm[AccessRoute]


class AccessRouteFormSet(forms.BaseInlineFormSet[AccessRoute, AIModel, RouteForm]):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data]
        # Here, since it builds a parser of catalogue files, which the site needs only for this.
        from lifecycle.catalogue.file_format.checks import access_problem

        problem = access_problem([row["kind"] for row in rows if not row.get("DELETE")])
        if problem:
            raise ValidationError(f"The list {problem}.")


class RetirementInline(ForEditors, admin.StackedInline[Retirement, AIModel]):
    """A model's retirements; the change link leads to the history of the date.

    Stacked, since its fields side by side would be wider than a page.
    """

    model = Retirement
    form = MovedDateForm
    formfield_overrides = FIELDS
    exclude = ("round",)
    readonly_fields = ("set_by_a_person",)
    can_delete = False
    show_change_link = True
    extra = 0

    @admin.display(description="Set by a person")
    def set_by_a_person(self, row: Retirement) -> str:
        return "; ".join(words for _, words in provenance.in_words(row)) or "-"


class ReplacementInline(ForEditors, admin.TabularInline[Replacement, AIModel]):
    model = Replacement
    formfield_overrides = FIELDS
    extra = 0


class AccessRouteInline(ForEditors, admin.StackedInline[AccessRoute, AIModel]):
    model = AccessRoute
    formfield_overrides = FIELDS
    formset = AccessRouteFormSet
    extra = 0


class AliasInline(ForEditors, admin.TabularInline[Alias, AIModel]):
    model = Alias
    formfield_overrides = FIELDS
    extra = 0


class FeatureEndInline(ForEditors, admin.StackedInline[FeatureEnd, AIModel]):
    model = FeatureEnd
    formfield_overrides = FIELDS
    exclude = ("provider",)
    extra = 0


class SDKVersionInline(ForEditors, admin.TabularInline[SDKVersion, AIModel]):
    model = SDKVersion
    formfield_overrides = FIELDS
    extra = 0


class DateChangeInline(ForEditors, admin.TabularInline[DateChange, Retirement]):
    """The history of a date, read-only."""

    model = DateChange
    formfield_overrides = FIELDS
    fields = ("from_date", "to_date", "changed_on", "reason", "source")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
