"""What the desk's pages of interviews and essays share."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from lifecycle.people.models import User
from requests_app.admin.base import ActionForm, Refusable, RowPageAdmin, edits_catalogue
from requests_app.admin.catalogue.rows import tell_of_proposal
from requests_app.admin.desk_access import DeskAccess
from requests_app.models import Proposal
from requests_app.rules.catalogue import is_editor

NOT_UTF_8 = "This file isn't UTF-8 text. Save it with UTF-8 encoding, then choose it again."


class TextFileField(forms.FileField):
    """A text file in UTF-8, whose text is taken exactly as it is."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        try:
            return file.read().decode() if file else ""
        except UnicodeDecodeError:
            raise ValidationError(NOT_UTF_8, code="encoding") from None


class RecordForm(ActionForm):
    """A form of the desk whose required fields are told by the action or the field."""

    use_required_attribute = False


class EditorsAdmin(RowPageAdmin):
    """Pages that only catalogue editors and superusers see."""

    folder = "voice"

    def scope(self, who: User) -> Q:
        return Q() if is_editor(who) else Q(pk__in=[])

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.edits_catalogue

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return edits_catalogue(request)

    def page_name(self, page: str = "change") -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def perform(
        self,
        request: HttpRequest,
        form: Refusable,
        action: Callable[[], Any],
        *,
        go_on: Callable[[Any], HttpResponse],
        message: str = "",
        **more: Any,
    ) -> HttpResponse:
        """Go on to the proposal if the change waits for another editor."""

        def next_page(result: Any) -> HttpResponse:
            if isinstance(result, Proposal):
                tell_of_proposal(request, result)
                return redirect("admin:requests_app_proposal_change", result.pk)
            if message:
                messages.success(request, message.format(result))
            return go_on(result)

        return super().perform(request, form, action, go_on=next_page, **more)

    def act_on_page(
        self,
        request: HttpRequest,
        row: Model,
        form: Any,
        action: Callable[[], Any],
        *,
        page: Callable[[int], HttpResponse],
        message: str,
    ) -> HttpResponse:
        """Run an action of a form on a row's page, and return to that page."""
        if request.method != "POST":
            return redirect(self.page_name(), row.pk)
        return self.perform(
            request,
            form,
            action,
            page=page,
            go_on=lambda _: redirect(self.page_name(), row.pk),
            message=message,
        )

    def add_by(
        self, request: HttpRequest, form: Any, action: Callable[[], Any], *, title: str, hint: str
    ) -> HttpResponse:
        """Show the form that records a new row, and go to its page afterwards."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {"title": title, "form": form, "hint": hint}
        return self.perform(
            request,
            form,
            action,
            page=lambda status: self.show(request, "voice/add.html", context, status),
            go_on=lambda row: redirect(self.page_name(), row.pk),
            message="Recorded: {}.",
        )
