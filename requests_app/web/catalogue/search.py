"""Search and filter the catalogue; every search has a URL."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lifecycle.catalogue.models import ENDING, AIModel, Alias, Provider, Retirement
from lifecycle.text.form_fields import CodeField
from lifecycle.text.normalization import canonical, comparable
from requests_app.web.catalogue import status
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
    rows: QuerySet[AIModel], wanted: Mapping[str, Any], *, requestable: set[int], today: date
) -> list[AIModel]:
    """Return matching models by provider and newest date; needs retirements prefetched."""
    if words := wanted.get("q"):
        for word in canonical(words).split():
            rows = rows.filter(_matches_name(word))
    if provider := wanted.get("provider"):
        rows = rows.filter(provider__slug=provider)
    fitting = [row for row in rows if _matches(row, wanted, requestable=requestable, today=today)]
    fitting.sort(key=status.last_date, reverse=True)
    return sorted(fitting, key=lambda row: row.provider.name)


def _matches_name(word: str) -> Q:
    folded = comparable(word)
    return (
        Q(comparable_name__contains=folded)
        | Q(identifier__icontains=word)
        | Q(Exists(Alias.objects.filter(ai_model=OuterRef("pk"), identifier__icontains=word)))
        | Q(provider__comparable_name__contains=folded)
    )


def _matches(
    row: AIModel, wanted: Mapping[str, Any], *, requestable: set[int], today: date
) -> bool:
    if wanted.get("can_ask") and row.pk not in requestable:
        return False
    if (state := wanted.get("state")) and status.of_model(row, today).slug != state:
        return False
    first, last = wanted.get("retired_from"), wanted.get("retired_until")
    return not (first or last) or _retired_between(row.retirements.all(), first, last)


def _retired_between(retirements: Iterable[Retirement], first: Any, last: Any) -> bool:
    dated = (r.retires for r in retirements if r.precision in ENDING)
    return any((first or day) <= day <= (last or day) for day in dated if day)
