"""Grants and their keys on the review desk: view, suspend, resume and revoke."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Least
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from lifecycle.admin_columns import column, short
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.form_fields import ProseField
from lifecycle.text.normalization import tidied
from requests_app.actions.grants import grants, suspensions
from requests_app.admin import repeated_clicks, search
from requests_app.admin.base import ActionForm, RowPageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.filters import OfferedValuesFilter
from requests_app.admin.typed_confirmation import TypedReasonForm, confirm
from requests_app.models import AccessRequest, Grant
from requests_app.refusals import Refusal
from requests_app.reports import receipts, usage
from requests_app.rules.desk.visibility import requests_visible_to
from requests_app.rules.permissions import MAX_REASON_LENGTH, check, why_not
from requests_app.rules.waitlist import Waitlist
from requests_app.states import GRANT, GrantState
from requests_app.transitions import affected
from requests_app.wording import limits, titles

PAGE = "admin:requests_app_grant_change"


class GrantReasonForm(ActionForm):
    """The reason for an action on a grant, which the holder sees."""

    field_names = {"": "reason"}

    reason = ProseField(
        required=False, max_length=MAX_REASON_LENGTH, widget=forms.Textarea({"rows": 3})
    )


class GrantAction(NamedTuple):
    """A button on a grant: its action, and the texts before and after."""

    do: Callable[..., Grant]
    title: str
    warning: str
    done: str


GRANT_ACTIONS = {
    "suspend": GrantAction(
        suspensions.suspend,
        "Suspend",
        "All keys are refused until the grant resumes. Its end date doesn't change.",
        "is suspended. Its keys no longer work.",
    ),
    "resume": GrantAction(
        suspensions.resume,
        "Resume",
        "The keys work again until the original end date.",
        "is resumed. Its keys work again.",
    ),
    "revoke": GrantAction(
        grants.revoke,
        "Revoke",
        "All keys are permanently refused, effective immediately.",
        "is revoked. Its keys no longer work.",
    ),
}


class GrantStateFilter(OfferedValuesFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in GrantState]

    def condition(self, request: HttpRequest, value: str) -> Q:
        return Q(state=value)


class ReviewFilter(OfferedValuesFilter):
    """Tells reviewed access from standing access."""

    title, parameter_name = "review", "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("reviewed", "Reviewed"), ("standing", "Standing access, not reviewed")]

    def condition(self, request: HttpRequest, value: str) -> Q:
        reviewed = Q(access_request__standing_rule=None)
        return reviewed if value == "reviewed" else ~reviewed


def _model(ai_model: AIModel) -> str:
    gone = ai_model.withdrawn_at and ai_model.withdrawn_at <= timezone.now()
    return f"{ai_model} (withdrawn)" if gone else str(ai_model)


@admin.register(Grant)
class GrantAdmin(RowPageAdmin):
    """All grants: who has access to what, until when."""

    list_display = (
        "public_id",
        "holder",
        "models",
        "standing",
        column("activated_at", "from"),
        "until",
    )
    list_filter = (GrantStateFilter, ReviewFilter)
    list_select_related = ("holder", "break_glass", "access_request")
    search_fields = ("public_id",)  # shows the field; get_search_results does the work
    search_help_text = "Public ID, name or email address."

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.sees_requests and desk.is_filled(Grant)

    def scope(self, who: User) -> Q:
        """Grants from requests that the person may see."""
        seen = AccessRequest.objects.filter(requests_visible_to(who, timezone.now()))
        return Q(Exists(seen.filter(pk=OuterRef("access_request"))))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("granted_models__ai_model")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = tidied(search_term)
        if not term:
            return queryset, False
        if term.lower().startswith("grant_"):
            return queryset.filter(public_id__startswith=term.lower()), False
        return queryset.filter(holder__in=search.people_named(term)), False

    def models(self, row: Grant) -> str:
        return ", ".join(_model(granted.ai_model) for granted in row.granted_models.all())

    @admin.display(description="until (UTC)", ordering=Least("ends_at", "closed_at"))
    def until(self, row: Grant) -> str:
        """Show when it ended, for one that ended before the date it was granted until."""
        moments = [at for at in (row.ends_at, row.closed_at) if at]
        return short(min(moments)) if moments else "-"

    @admin.display(description="state")
    def standing(self, row: Grant) -> str:
        mark = " (emergency)" if hasattr(row, "break_glass") else ""
        if row.access_request.standing_rule_id:
            mark = " (standing, not reviewed)"
        return f"{row.get_state_display()}{mark}"

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_grant"
        receipt = "<path:object_id>/keys/<slug:public_id>/receipt/"
        csv = "<path:object_id>/usage.csv"
        return [
            *(
                path(
                    f"<path:object_id>/{act}/",
                    wrap(partial(self.act, act=act)),
                    name=f"{name}_{act}",
                )
                for act in ("suspend", "resume")
            ),
            path("<path:object_id>/revoke/", wrap(self.revoke), name=f"{name}_revoke"),
            path(receipt, wrap(self.receipt), name=f"{name}_receipt"),
            path(csv, wrap(self.usage_csv), name=f"{name}_usage_csv"),
            *super().get_urls(),
        ]

    def usage_csv(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        return usage.csv_of(self.load(request, object_id))

    def row_page(self, request: HttpRequest, grant: Grant) -> HttpResponse:
        return self._page(request, grant)

    def act(self, request: HttpRequest, object_id: str, *, act: str) -> HttpResponse:
        """Suspend or resume with a reason."""
        grant = self.load(request, object_id)
        form = GrantReasonForm(request.POST if request.method == "POST" else None)
        do, who = GRANT_ACTIONS[act].do, person(request)
        return self.perform(
            request,
            form,
            lambda: do(grant, by=who, reason=form.cleaned_data["reason"]),
            page=lambda status: self._page(
                request, self.load(request, object_id), act, form, status=status
            ),
            go_on=lambda _: redirect(PAGE, grant.pk),
            message=f"{{}} {GRANT_ACTIONS[act].done}",
            was_done=lambda: repeated_clicks.has_acted(grant, act, who),
        )

    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Revoke for good, with what follows, once the word is typed below the preview."""
        grant, who = self.load(request, object_id), person(request)
        if request.method != "POST":
            check("revoke", grant, who)
        form = TypedReasonForm(request.POST if request.method == "POST" else None, name="revoke")
        words = GRANT_ACTIONS["revoke"]
        return confirm(
            self,
            request,
            form,
            affected.of_grants(Grant.objects.revoked_with(grant, timezone.now())),
            lambda: grants.revoke(grant, by=who, reason=form.cleaned_data["reason"]),
            page={
                "title": f"Revoke {grant}",
                "heading": "What would end",
                "subject": f"Grant {grant}",
                "warning": f"{words.warning} Grants that extend this one end with it.",
                "back": reverse(PAGE, args=[grant.pk]),
                "button": "Revoke this grant",
            },
            message=f"{{}} {words.done}",
            was_done=lambda: repeated_clicks.has_acted(grant, "revoke", who),
        )

    def receipt(self, request: HttpRequest, object_id: str, public_id: str) -> HttpResponse:
        grant = self.load(request, object_id)
        rows = grant.keys.select_related("grant__access_request", "activity")
        try:
            found = receipts.receipt_for(get_object_or_404(rows, public_id=public_id))
        except Refusal as refusal:
            messages.warning(request, refusal.sentence)
            return redirect(PAGE, grant.pk)
        context = {
            "title": f"Receipt for key …{found.key.last_four}",
            "grant": grant,
            "receipt": found,
        }
        return self.show(request, "grant/receipt.html", context)

    def _page(
        self,
        request: HttpRequest,
        grant: Grant,
        act: str = "",
        form: GrantReasonForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        related = ("revoked_by", "activity", "holder")
        keys = grant.keys.select_related(*related).prefetch_related("issued")
        now = timezone.now()
        context = {
            "title": f"Grant {grant}",
            "grant": grant,
            "request_title": titles.of_request(grant.access_request),
            "limits": limits.sentence(grant.limits()),
            "models": grant.granted_models.select_related("ai_model"),
            "keys": [(key, receipts.has_receipt(key)) for key in keys],
            "usage": usage.usage_of_grant(grant, now),
            "places": grant.collaborators.select_related("person", "removed_by"),
            "line": Waitlist(now).positions_of(grant),
            "form": form,
            **_actions_on(grant, person(request), now, {act: form} if form else {}),
        }
        return self.show(request, "grant/grant.html", context, status=status)


def _actions_on(
    grant: Grant, who: User, now: datetime, sent: Mapping[str, GrantReasonForm]
) -> dict[str, Any]:
    """Return the buttons for the grant's state, and one sentence for all refused ones."""
    names = [name for name in GRANT_ACTIONS if grant.state in GRANT.moves[name].sources]
    refusals = {name: why for name in names if (why := _why_refused(name, grant, who, now))}
    return {
        "acts": [
            {
                "name": name,
                "words": GRANT_ACTIONS[name],
                "is_typed": name == "revoke",
                "form": sent.get(name) or GrantReasonForm(auto_id=f"id_{name}_%s"),
            }
            for name in names
            if name not in refusals
        ],
        "refused": " or ".join(refusals).capitalize(),
        "why_refused": next(iter(refusals.values()), ""),
    }


def _why_refused(name: str, grant: Grant, who: User, now: datetime) -> str | None:
    if sentence := why_not(name, grant, who):
        return sentence
    return suspensions.why_not_resumed(grant, now) if name == "resume" else None
