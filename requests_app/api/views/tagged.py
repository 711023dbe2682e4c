"""Views whose ETag is told by their rows, so that polling costs no serialization."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS

from requests_app.api.conventions import conditions, row_versions
from requests_app.api.views.base import BaseView

M = TypeVar("M", bound=Model)


class TaggedView(BaseView[M]):
    """What a GET shows follows from the rows of its queryset, all that this fetches, and the day.

    What else is read is named here: `more_paths` are further relations, `tag_parts` anything else.
    """

    tagged_as = ""  # what a GET shows; one that shows something else than its parent has its own
    changes = ""  # what a change is compared with: the `tagged_as` of where it was read
    is_list = False
    needs_if_match = False  # of a change; others compare If-Match if it is sent

    def tag(self) -> str | None:
        return self.tag_of_rows(self.tagged_as) if self.tagged_as else None

    def respond(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        is_sent = self.changes and conditions.IF_MATCH in self.request.headers
        if self.request.method in SAFE_METHODS or not (is_sent or self.needs_if_match):
            return super().respond(handler)
        return super().respond(lambda *args, **kwargs: self.unless_stale(handler))

    def unless_stale(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        with transaction.atomic():
            self.lock_row(self.rows_to_tag(self.get_queryset())[0])
            conditions.check(self.request, self.current_tag())
            return handler(self.request, *self.args, **self.kwargs)

    def lock_row(self, row: M) -> None:
        """Lock what is about to change, in the order of `transitions/locks.py`."""
        raise NotImplementedError

    def current_tag(self) -> str:
        """Return the tag that If-Match has to name."""
        return self.tag_of_rows(self.changes)

    def tag_of_rows(self, name: str) -> str:
        queryset = self.get_queryset()
        rows = self.rows_to_tag(queryset.select_related(None).prefetch_related(None))
        paths = sorted({*row_versions.paths_of(queryset), *self.more_paths()})
        pks = [row.pk for row in rows]
        found = row_versions.versions(queryset.model, pks, paths) if pks else []
        parts = (name, self.request.user.pk, timezone.now().date(), pks, found)
        return conditions.tag_of(*parts, *self.tag_parts(rows))

    def rows_to_tag(self, rows: QuerySet[M]) -> Sequence[M]:
        if self.is_list:
            pages: Any = self.paginator  # not the view's own method, which may fetch more
            return (
                pages.paginate_queryset(self.filter_queryset(rows), self.request, view=self) or []
            )
        lookup = {self.lookup_field: self.kwargs[self.lookup_url_kwarg or self.lookup_field]}
        return [get_object_or_404(self.filter_queryset(rows), **lookup)]

    def more_paths(self) -> Collection[str]:
        """Return further relations that the answer shows."""
        return ()

    def tag_parts(self, rows: Sequence[M]) -> Sequence[Any]:
        """Return more that the answer depends on. A page depends on its links too."""
        if not self.is_list:
            return ()
        links: Any = self.paginator
        return (self.request.GET.urlencode(), links.get_next_link(), links.get_previous_link())
