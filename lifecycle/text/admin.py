"""Base classes for admin pages with text: normalizing fields and case-folding search."""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import and_, or_
from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst, smart_split, unescape_string_literal

from lifecycle.text.form_fields import LineField, ProseField
from lifecycle.text.normalization import canonical, comparable
from lifecycle.text.numbers import WholeField

FIELDS: Any = {
    models.SlugField: {"form_class": forms.SlugField},
    models.CharField: {"form_class": LineField},
    models.TextField: {"form_class": ProseField},
    models.IntegerField: {"form_class": WholeField, "widget": forms.TextInput},
    models.DecimalField: {"widget": forms.TextInput},
}


class AnsweringList(ChangeList):
    """A list that answers an impossible condition in the URL as Django answers a wrong one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = capfirst(str(self.opts.verbose_name_plural))  # not “Select request to view”

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except ValueError as error:  # such as the year 0, which is read with the rows
            raise IncorrectLookupParameters from error


class AnsweringAdmin(admin.ModelAdmin[Any]):
    """Treats an empty name of the field to look a row up by as none."""

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        return super().get_object(request, object_id, from_field or None)


class TextAdmin(AnsweringAdmin):
    """`search_comparable` names folded columns; `search_fields` are searched as usual.

    `search_forms` converts the input to the stored form of columns that have their own.
    """

    formfield_overrides = FIELDS
    search_comparable: tuple[str, ...] = ()
    search_forms: Mapping[str, Callable[[str], str]] = MappingProxyType({})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AnsweringList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not (self.search_fields or self.search_comparable):
            return queryset, False  # the list has no field for a search
        each = [self._holds(word) for word in words(search_term)]
        return queryset.filter(reduce(and_, each, Q())), False

    def _holds(self, word: str) -> Q:
        folded = [Q(**{f"{name}__contains": comparable(word)}) for name in self.search_comparable]
        stored = {name: self.search_forms.get(name, str)(word) for name in self.search_fields}
        plain = [Q(**{f"{name}__icontains": typed}) for name, typed in stored.items()]
        return reduce(or_, [*folded, *plain])


def words(term: str) -> Iterator[str]:
    """Yield the words to be found, all of them; a quoted phrase counts as one."""
    for word in smart_split(canonical(term)):
        is_phrase = word[:1] in "\"'" and word[:1] == word[-1:] and len(word) > 1
        yield unescape_string_literal(word) if is_phrase else word
