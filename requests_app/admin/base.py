"""What every page of the review desk shares: nothing is added, edited or deleted as a row."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from lifecycle.people.models import User
from lifecycle.text.admin import AnsweringAdmin
from requests_app.admin import repeated_clicks
from requests_app.admin.pagination import UncountedList
from requests_app.refusals import Invalid, Refusal

DATES = ("year", "month", "day")


def person(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else in."""
    assert isinstance(request.user, User)  # admin_view has checked it
    return request.user


class Refusable(Protocol):
    """What was sent: one form, or several that are sent together."""

    @property
    def is_bound(self) -> bool: ...
    def is_valid(self) -> bool: ...
    def refuse(self, refusal: Refusal) -> None: ...


class ActionForm(forms.Form):
    """A form for an action, which may refuse what was typed."""

    field_names: ClassVar[Mapping[str, str]] = {}  # the action's names, where the form's differ

    def refuse(self, refusal: Refusal) -> None:
        """Show each sentence at its field, or on the form where there is none to be seen."""
        errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.sentence}
        for name, sentence in errors.items():
            field = self.field_names.get(name, name)
            is_shown = field in self.fields and not self[field].is_hidden
            self.add_error(field if is_shown else None, sentence)


class Button:
    """What was sent by a button alone; a refusal of it stands on top of the page."""

    is_bound = True

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def is_valid(self) -> bool:
        return True

    def refuse(self, refusal: Refusal) -> None:
        messages.error(self.request, refusal.sentence)


class ReadOnlyAdmin(AnsweringAdmin):
    """Lists and shows rows that concern the person; `scope` says which those are."""

    actions = None
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    sortable_by = ()

    def scope(self, who: User) -> Q:
        """Which rows somebody may see who isn't a superuser. It must not multiply rows."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows, who = super().get_queryset(request), person(request)
        return rows if who.is_superuser else rows.filter(self.scope(who))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[UncountedList]:
        return UncountedList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the page itself offers, word for word.

        `policy__…__password__startswith` would begin as an offered filter does, and guess.
        """
        offered = {str(getattr(f, "parameter_name", f)) for f in self.get_list_filter(request)}
        return lookup in offered | {f"{self.date_hierarchy}__{level}" for level in DATES}

    def load(self, request: HttpRequest, object_id: str) -> Any:
        """The row, or 404 when it isn't there for this person."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

    def show(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """A page of ours inside the admin's frame."""
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(
            request, f"admin/requests_app/{template}", {**frame, **context}, status=status
        )

    def perform(
        self,
        request: HttpRequest,
        form: Refusable,
        action: Callable[[], Any],
        *,
        page: Callable[[int], HttpResponse],
        go_on: Callable[[Any], HttpResponse],
        message: str = "",
        was_done: Callable[[], bool] = lambda: False,
    ) -> HttpResponse:
        """Do what was sent and go on; otherwise show `page`, with its status and what was typed."""
        if not form.is_valid():
            return page(Invalid.status if form.is_bound else 200)
        try:
            result = action()
        except Refusal as refusal:
            if was_done():
                return repeated_clicks.answer(request, go_on)
            form.refuse(refusal)
            return page(refusal.status)
        if message:
            messages.success(request, message.format(result))
        return go_on(result)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Every row that the queryset lets through."""
        return person(request).is_staff

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class SinglePageAdmin(ReadOnlyAdmin):
    """One page with what is one's own, in place of a list; no row has a page by itself."""

    def home(self) -> HttpResponse:
        """Back to that page."""
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.load(request, object_id)
        return self.home()
