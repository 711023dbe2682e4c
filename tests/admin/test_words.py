"""No page of the desk shows a name of the code: headers, labels, breadcrumbs and summaries."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, label_for_field
from django.db.models import Model
from django.test import RequestFactory
from django.utils.text import capfirst

from lifecycle.people.models import User
from tests.support.desk_client import signed_in, text_of

pytestmark = pytest.mark.django_db

OURS = ("catalogue", "people", "voice", "requests_app")
# What Django makes of a column's name: words with “_”, and abbreviations in lower case.
CODE = re.compile(r"\w_\w|\b(?:[Aa]i|[Aa]pi|[Ii]ds?|[Oo]rcid|[Ss]dk|[Uu]id|[Uu]rls?|[Uu]sd)\b")
TABLES = [model for model in apps.get_models() if model._meta.app_label in OURS]
SAME_FOR_MANY = {"essay series", "usage", "key activity"}


def named(model: type[Model]) -> str:
    return model.__name__


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_tables_and_columns_have_names_in_words(table: type[Model]) -> None:
    """Breadcrumbs, titles, labels, filters and summaries of a deletion are made of these."""
    options = table._meta
    one, many = str(options.verbose_name), str(options.verbose_name_plural)
    fields = [*options.concrete_fields, *options.local_many_to_many]
    columns = [str(field.verbose_name) for field in fields if not field.primary_key]
    assert [name for name in (one, many, *columns) if CODE.search(name)] == []
    assert one != many or one in SAME_FOR_MANY


@pytest.fixture
def ada_asks(rf: RequestFactory) -> Any:
    request = rf.get("/")
    request.user = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    return request


@pytest.mark.parametrize("table", list(admin.site._registry), ids=named)
def test_lists_and_forms_have_labels_in_words(table: type[Model], ada_asks: Any) -> None:
    page = admin.site._registry[table]
    shown = [*page.get_list_display(ada_asks), *page.get_readonly_fields(ada_asks)]
    listed = page.fieldsets or [(None, {"fields": page.fields or ()})]
    shown += [name for name in flatten_fieldsets(listed) if name not in page.form.declared_fields]
    labels = [capfirst(str(label_for_field(name, table, page))) for name in shown]
    assert [label for label in labels if CODE.search(label)] == []


def test_list_of_kept_weights_counts_them_in_words(ada_asks: Any, opus: Any) -> None:
    answer = signed_in(ada_asks.user).get("/admin/catalogue/weightscustody/")
    assert "Records of kept weights" in text_of(answer)
