"""Lists without COUNT: one extra row tells whether another page follows."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from lifecycle.text.admin import AnsweringList

MAX_PAGES = 100  # OFFSET reads every skipped row; for more there are filters and dates


class UncountedList(AnsweringList):
    """A list that never counts its rows, newest first."""

    has_next = is_cut = False

    def get_results(self, request: HttpRequest) -> None:
        first = (self.page_num - 1) * self.list_per_page
        rows = self._rows(first)
        self.has_next = len(rows) > self.list_per_page and self.page_num < MAX_PAGES
        self.is_cut = len(rows) > self.list_per_page and not self.has_next
        self.result_list: Any = rows[: self.list_per_page]
        self.result_count = first + len(self.result_list)
        self.full_result_count = None
        self.show_full_result_count = self.show_admin_actions = self.can_show_all = False
        self.multi_page = self.has_next or self.page_num > 1
        # Django's templates want a paginator; this one knows only the rows up to the next page.
        known = self.result_count + self.has_next
        self.paginator: Any = Paginator(range(known), self.list_per_page)

    def _rows(self, first: int) -> list[Any]:
        # Django answers this error with the list's first page.
        if not 1 <= self.page_num <= MAX_PAGES:
            raise IncorrectLookupParameters
        try:
            rows = list(self.queryset[first : first + self.list_per_page + 1])
        except (DataError, ValueError) as error:  # such as a NUL in the address
            raise IncorrectLookupParameters from error
        if first and not rows:
            raise IncorrectLookupParameters
        return rows

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[str | Combinable]:
        """Order by primary key, which is indexed; ignore an order in the URL."""
        return ["-pk"]
