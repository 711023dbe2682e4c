"""The catalogue in the admin: rows are corrected but not deleted, and moved dates are recorded."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.forms import (
    BaseInlineFormSet,
    CharField,
    CheckboxSelectMultiple,
    ModelForm,
    MultipleChoiceField,
    URLField,
)
from django.http import HttpRequest

from lifecycle.admin_columns import column
from lifecycle.catalogue import editing, provenance
from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    DateChange,
    Provider,
    Replacement,
    Retirement,
)
from lifecycle.text.admin import FIELDS, TextAdmin
from lifecycle.text.form_fields import LineField


class LinesField(SimpleArrayField):
    """One value per line; empty lines don't count."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = self.delimiter.join(line for line in value.splitlines() if line.strip())
        return super().to_python(value)


def _lines(one: CharField, about: str) -> LinesField:
    widget = AdminTextareaWidget()
    return LinesField(one, delimiter="\n", required=False, widget=widget, help_text=about)


class AccessRouteFormSet(BaseInlineFormSet[AccessRoute, AIModel, ModelForm[AccessRoute]]):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data]
        # Here, since it builds a parser of catalogue files, which the site needs only for this.
        from lifecycle.catalogue.file_checks import access_problem

        problem = access_problem([row["kind"] for row in rows if not row.get("DELETE")])
        if problem:
            raise ValidationError(f"The list {problem}.")


class RetirementInline(admin.StackedInline[Retirement, AIModel]):
    """A model's retirements; the change link leads to the history of the date.

    Stacked, since its fields side by side would be wider than a page.
    """

    model = Retirement
    formfield_overrides = FIELDS
    exclude = ("round",)
    readonly_fields = ("set_by_a_person",)
    can_delete = False
    show_change_link = True
    extra = 0

    @admin.display(description="Set by a person")
    def set_by_a_person(self, row: Retirement) -> str:
        return "; ".join(words for _, words in provenance.in_words(row)) or "-"


class ReplacementInline(admin.TabularInline[Replacement, AIModel]):
    model = Replacement
    formfield_overrides = FIELDS
    extra = 0


class AccessRouteInline(admin.StackedInline[AccessRoute, AIModel]):
    model = AccessRoute
    formfield_overrides = FIELDS
    formset = AccessRouteFormSet
    extra = 0


class DateChangeInline(admin.TabularInline[DateChange, Retirement]):
    """The history of a date, read-only."""

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


class FactsForm(ModelForm[Any]):
    """Shows which facts a person set, and lets files set them again."""

    leave_to_file = MultipleChoiceField(
        required=False,
        widget=CheckboxSelectMultiple,
        label="Set by a person",
        help_text="Catalogue files don't overwrite these. Select one to let the next file set "
        "it again.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = cast(MultipleChoiceField, self.fields["leave_to_file"])
        asked.choices = list(provenance.in_words(self.instance))


class CatalogueRowAdmin(TextAdmin):
    """Rows can be added and corrected but never deleted, as their history would go with them."""

    form = FactsForm

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer to leave facts to files only where a person set some."""
        fields = super().get_fields(request, obj)
        is_asked = obj is not None and obj.set_by_people
        return [name for name in fields if is_asked or name != "leave_to_file"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        editing.save_edited(obj, leaving=form.cleaned_data["leave_to_file"])


@admin.register(AIModel)
class AIModelAdmin(CatalogueRowAdmin):
    list_display = ("name", "identifier", "provider", "released", column("withdrawn_at"))
    list_filter = ("provider", "access_routes__kind")
    list_select_related = ("provider",)
    search_fields = ("identifier",)
    search_comparable = ("comparable_name",)
    inlines = (RetirementInline, ReplacementInline, AccessRouteInline)

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "sources":
            return _lines(URLField(assume_scheme="https", max_length=500), "One URL per line.")
        if db_field.name == "parameters":
            return _lines(LineField(max_length=100), f"{db_field.help_text} One per line.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Retirement:
            for retirement in formset.save(commit=False):
                editing.save_edited(retirement)
            formset.save_m2m()
            return
        fact = "replacements" if formset.model is Replacement else "access_routes"
        before = provenance.written(provenance.value_of(form.instance, fact)) if change else None
        super().save_formset(request, form, formset, change)
        if fact not in form.cleaned_data["leave_to_file"]:
            editing.note_edited_rows(form.instance, fact, before)


@admin.register(Retirement)
class RetirementAdmin(CatalogueRowAdmin):
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
    search_fields = ("ai_model__identifier", "platform")
    search_comparable = ("ai_model__comparable_name",)
    readonly_fields = ("ai_model", "round")
    inlines = (DateChangeInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: retirements are added on their model's page."""
        return False


@admin.register(Provider)
class ProviderAdmin(CatalogueRowAdmin):
    list_display = ("name", "slug", "notice_days")
