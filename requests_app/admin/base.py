"""Base classes of all pages of the review desk; no row is added, edited or deleted directly."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
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
from requests_app.admin import desk_access, repeated_clicks
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.pagination import UncountedList
from requests_app.refusals import Invalid, Refusal

DATES = ("year", "month", "day")


def person(request: HttpRequest) -> User:
    """Return the signed-in person; the admin requires one."""
    assert isinstance(request.user, User)  # admin_view has checked it
    return request.user


def edits_catalogue(request: HttpRequest) -> bool:
    """Return whether the signed-in person is a catalogue editor, asked once for each page."""
    return desk_access.of_reader(request).edits_catalogue


class Refusable(Protocol):
    """A submitted form, or several submitted together, that can show a refusal."""

    @property
    def is_bound(self) -> bool: ...
    def is_valid(self) -> bool: ...
    def refuse(self, refusal: Refusal) -> None: ...


class ActionForm(forms.Form):
    """A form for an action that may refuse its input."""

    field_names: ClassVar[
        Mapping[str, str]
    ] = {}  # from the action's names to the form's, if different

    def refuse(self, refusal: Refusal) -> None:
        """Show each sentence beside its field, or above the form if that field isn't visible."""
        errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.sentence}
        for name, sentence in errors.items():
            field = self.field_names.get(name, name)
            is_shown = field in self.fields and not self[field].is_hidden
            self.add_error(field if is_shown else None, sentence)


class Button:
    """A submission by a button alone; a refusal is shown at the top of the page."""

    is_bound = True

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def is_valid(self) -> bool:
        return True

    def refuse(self, refusal: Refusal) -> None:
        messages.error(self.request, refusal.sentence)


class ActingAdmin(AnsweringAdmin):
    """Pages of our own beside the admin's, whose forms call an action."""

    def load(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row. Raises Http404 if it doesn't exist for this person."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

    def show(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """Render one of our templates inside the admin's layout."""
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        frame["desk_links"] = desk_access.links(desk_access.of_reader(request))
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
        told: Mapping[str, Any] = MappingProxyType({}),
        was_done: Callable[[], bool] = lambda: False,
    ) -> HttpResponse:
        """Run the action if the form is valid; otherwise show `page` with its errors.

        `message` is formatted with the action's result and what is `told` beside it, so it must not
        contain what somebody typed.
        """
        if not form.is_valid():
            return page(Invalid.status if form.is_bound else 200)
        try:
            result = action()
        except Refusal as refusal:
            if was_done():
                # A double click: the first one did it, so its result is shown instead of a
                # refusal.
                return repeated_clicks.answer(request, go_on)
            form.refuse(refusal)
            return page(refusal.status)
        if message:
            messages.success(request, message.format(result, **told))
        return go_on(result)


class ReadOnlyAdmin(ActingAdmin):
    """Lists and shows rows that concern the signed-in person, as selected by `scope`."""

    actions = None
    # Nothing is saved on the page of a row, so none leads back to the list as it was filtered.
    preserve_filters = False
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    sortable_by = ()

    def scope(self, who: User) -> Q:
        """Return which rows a person who isn't a superuser may see; it must not duplicate rows."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows, who = super().get_queryset(request), person(request)
        return rows if who.is_superuser else rows.filter(self.scope(who))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[UncountedList]:
        return UncountedList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Allow only the filters that the page itself offers, word for word.

        Django would also allow lookups that begin like an offered filter, such as
        `policy__…__password__startswith`, with which hashes can be guessed.
        """
        offered = {str(getattr(f, "parameter_name", f)) for f in self.get_list_filter(request)}
        return lookup in offered | {f"{self.date_hierarchy}__{level}" for level in DATES}

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Offer the list in menus to those whom it has something for."""
        return self.is_offered(desk_access.of_reader(request))

    def is_offered(self, desk: DeskAccess) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Allow every row that the queryset contains."""
        return person(request).is_staff

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RowPageAdmin(ReadOnlyAdmin):
    """Shows a page of our own for each row, where Django would show its form."""

    def row_page(self, request: HttpRequest, row: Any) -> HttpResponse:
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self.row_page(request, self.load(request, object_id))


class SinglePageAdmin(RowPageAdmin):
    """One page with the person's own rows instead of a list and a page for each row."""

    def home(self) -> HttpResponse:
        """Redirect to that page."""
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def row_page(self, request: HttpRequest, row: Any) -> HttpResponse:
        return self.home()
