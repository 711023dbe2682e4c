"""Search and filter the catalogue; every search has a URL."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models import ENDING, AIModel, Alias, Provider, Retirement
from lifecycle.text.form_fields import CodeField
from lifecycle.text.normalization import canonical, comparable
from requests_app.web.catalogue import availability, status
from requests_app.web.fields import IsoDateField

MAX_SEARCH_LENGTH = 100


class SearchForm(forms.Form):
    """Sent by GET, so that results can be linked to."""

    q = CodeField(
        label=_("Search"),
        required=False,
        max_length=MAX_SEARCH_LENGTH,
        help_text=_("Name, identifier or provider."),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    provider = forms.ChoiceField(label=_("Provider"), required=False)
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=lambda: [("", _("Any")), *status.STATUS_LABELS.items()],
    )
    retired_from = IsoDateField(label=_("Retired from"), required=False, missing="")
    retired_until = IsoDateField(label=_("Retired until"), required=False, missing="")
    can_ask = forms.BooleanField(label=_("Open to requests only"), required=False)

    use_required_attribute = False

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        providers = Provider.objects.values_list("slug", "name")
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Any")), *providers]

    def clean(self) -> dict[str, Any]:
        first, last = (self.cleaned_data.get(name) for name in ("retired_from", "retired_until"))
        if first and last and last < first:
            self.add_error("retired_until", _("The end date must be after the start date."))
        return self.cleaned_data

    @property
    def is_used(self) -> bool:
        return any(self.cleaned_data.values())


def search_models(
    rows: QuerySet[AIModel], wanted: Mapping[str, Any], *, today: date
) -> QuerySet[AIModel]:
    """Return matching models by provider, then by their last date, the newest first."""
    for word in canonical(wanted.get("q") or "").split():
        rows = rows.filter(_matches_name(word))
    if provider := wanted.get("provider"):
        rows = rows.filter(provider__slug=provider)
    if wanted.get("can_ask"):
        rows = rows.filter(pk__in=availability.requestable_models(today).values("pk"))
    if state := wanted.get("state"):
        rows = rows.filter(status.has_slug(state, today))
    first, last = wanted.get("retired_from"), wanted.get("retired_until")
    if first or last:
        rows = rows.filter(Exists(_retired_between(first, last)))
    return _in_order(rows)


def _in_order(rows: QuerySet[AIModel]) -> QuerySet[AIModel]:
    newest = Retirement.objects.filter(ai_model=OuterRef("pk"), retires__isnull=False)
    last_date = Subquery(newest.order_by("-retires").values("retires")[:1])
    by_date = F("last_date").desc(nulls_last=True)
    return rows.annotate(last_date=last_date).order_by("provider__name", by_date, "name", "pk")


def _matches_name(word: str) -> Q:
    folded = comparable(word)
    return (
        Q(comparable_name__contains=folded)
        | Q(identifier__icontains=word)
        | Q(Exists(Alias.objects.filter(ai_model=OuterRef("pk"), identifier__icontains=word)))
        | Q(provider__comparable_name__contains=folded)
    )


def _retired_between(first: date | None, last: date | None) -> QuerySet[Retirement]:
    rows = Retirement.objects.filter(ai_model=OuterRef("pk"), precision__in=ENDING)
    if first:
        rows = rows.filter(retires__gte=first)
    return rows.filter(retires__lte=last) if last else rows
