"""Break-glass grants on the review desk: making one, and its review."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path

from lifecycle.people.models import User
from lifecycle.text.form_fields import CodeField, ProseField
from requests_app.actions.review import break_glass, read_log
from requests_app.admin.base import ActionForm, RowPageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.models import BreakGlass, Grant, Revision
from requests_app.rules.break_glass import is_named
from requests_app.rules.desk import emergencies
from requests_app.rules.permissions import MAX_REASON_LENGTH, check, why_not
from requests_app.states import GRANT
from requests_app.wording import titles

PAGE = "admin:requests_app_breakglass_change"
MAX_ROWS = 100
REVOKE = "revoke"


class BreakGlassForm(ActionForm):
    """The reason why it can't wait; `shown` is the digest of what the page showed."""

    shown = CodeField(max_length=64, widget=forms.HiddenInput)
    reason = ProseField(
        label="Describe the emergency",
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea({"rows": 4}),
        help_text="The policy's reviewers and owners are notified immediately, with this reason.",
        error_messages={"required": break_glass.REASON_REQUIRED},
    )

    use_required_attribute = False


class VerdictForm(ActionForm):
    """Whether the grant was justified, and why."""

    verdict = forms.ChoiceField(
        label="Was it justified?", choices=BreakGlass.Verdict.choices, widget=forms.RadioSelect
    )
    words = ProseField(
        label="Why",
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": break_glass.COMMENT_REQUIRED},
    )
    typed = CodeField(
        required=False,
        label=f"If it wasn't justified, enter: {REVOKE}",
        help_text="The access ends immediately, for good.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )

    use_required_attribute = False

    def __init__(self, data: QueryDict | None = None, *, grant: Grant) -> None:
        super().__init__(data)
        if grant.state not in GRANT.live:  # nothing is left to end
            del self.fields["typed"]

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or self.cleaned_data)
        ends = cleaned.get("verdict") == BreakGlass.Verdict.NOT_IN_ORDER and "typed" in self.fields
        if ends and cleaned.get("typed") != REVOKE:
            self.add_error("typed", f"“Not justified” ends the access. To confirm, enter: {REVOKE}")
        cleaned.pop("typed", None)
        return cleaned


@admin.register(BreakGlass)
class BreakGlassAdmin(RowPageAdmin):
    """The grants to review and past ones, and open requests for those named in the settings."""

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.sees_emergencies

    def scope(self, who: User) -> Q:
        return emergencies.visible_to(who)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = ("grant__holder", "grant__access_request__requester", "by", "reviewed_by")
        return super().get_queryset(request).select_related(*related)

    def get_urls(self) -> list[URLPattern]:
        grant = self.admin_site.admin_view(self.grant)
        name = "requests_app_breakglass_grant"
        return [path("grant/<int:pk>/", grant, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        who = person(request)
        context = {
            "title": "Emergency grants",
            "rows": self.get_queryset(request)[:MAX_ROWS],
            "to_review": emergencies.to_review(who),
            "is_named": is_named(who),
            "open_requests": emergencies.open_to(who)[:MAX_ROWS],
        }
        return self.show(request, "breakglass/list.html", context)

    def grant(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the reason, then its confirmation; both carry the digest of what was read."""
        asked, who = get_object_or_404(emergencies.open_to(person(request)), pk=pk), person(request)
        # Before the page is shown: who can't grant it has no reason to read it.
        check("break_glass", asked, who)
        read_log.record_read(asked, by=who)
        revision = asked.revision
        revision.access_request = asked
        if request.method != "POST" or "back" in request.POST:
            initial = {"shown": revision.digest(), "reason": request.POST.get("reason", "")}
            return self._asked(request, revision, BreakGlassForm(initial=initial))
        form = BreakGlassForm(request.POST)
        if form.is_valid() and "confirmed" not in request.POST:
            return self._asked(request, revision, form, sure=True)
        return self.perform(
            request,
            form,
            lambda: break_glass.grant_now(asked, by=who, **form.cleaned_data),
            page=lambda status: self._asked(request, revision, form, status=status),
            go_on=lambda grant: redirect(PAGE, grant.break_glass.pk),
            message="{0} is granted until {0.ends_at:%-d %b, %H:%M} UTC.",
        )

    def _asked(
        self,
        request: HttpRequest,
        revision: Revision,
        form: BreakGlassForm,
        *,
        sure: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "title": f"Grant as an emergency: {titles.of_revision(revision)}",
            "revision": revision,
            "scope": revision.scope(),
            "longest": min(revision.scope().duration, break_glass.MAX_DURATION),
            "form": form,
            "sure": sure,
        }
        return self.show(request, "breakglass/grant.html", context, status=status)

    def row_page(self, request: HttpRequest, broken: BreakGlass) -> HttpResponse:
        """Show what was done, with a form for those who may review it."""
        form = VerdictForm(request.POST if request.method == "POST" else None, grant=broken.grant)
        return self.perform(
            request,
            form,
            lambda: break_glass.review(broken, by=person(request), **form.cleaned_data),
            page=lambda status: self._review(request, broken, form, status),
            go_on=lambda _: redirect(PAGE, broken.pk),
            message="Review recorded.",
        )

    def _review(
        self, request: HttpRequest, broken: BreakGlass, form: VerdictForm, status: int
    ) -> HttpResponse:
        why = why_not("review", broken, person(request))
        context = {"title": f"Emergency grant {broken.grant}", "broken": broken, "form": form}
        context |= {"refusal": None, "why_not": why}
        context["request_title"] = titles.of_request(broken.grant.access_request)
        return self.show(request, "breakglass/review.html", context, status=status)
