"""“My delegations” on the review desk: be away, delegate for a period, and end it."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.text.form_fields import LineField
from requests_app.actions.review import delegations
from requests_app.admin.base import ActionForm, Button, SinglePageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.models import Delegation
from requests_app.rules.roles import is_reviewer, possible_delegates

MAX_ROWS = 100
DAY = {"type": "date"}
NEEDS_REVIEWER = "Only reviewers can delegate."


class AwayForm(ActionForm):
    """Hands everything over at once, until midnight UTC of a day."""

    ends_on = forms.DateField(
        label="I'm away until",
        widget=forms.DateInput(DAY, "%Y-%m-%d"),
        help_text="From this date you decide yourself again. The change happens at midnight UTC.",
    )
    to = forms.ModelChoiceField(
        User.objects.none(), label="Who acts for you", empty_label="Choose a reviewer"
    )
    why = LineField(label="Why", required=False, max_length=200, help_text="Optional.")

    use_required_attribute = False
    field_names = {"ends_at": "ends_on", "reason": "why"}

    def __init__(
        self, data: QueryDict | None = None, *, who: User, auto_id: str = "id_away_%s", **more: Any
    ) -> None:
        super().__init__(data, auto_id=auto_id, **more)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = possible_delegates(who)

    def set_away(self, *, by: User) -> Delegation:
        cleaned = self.cleaned_data
        until, reason = _midnight(cleaned["ends_on"]), cleaned["why"]
        return delegations.set_away(by=by, until=until, to=cleaned["to"], reason=reason)


class DelegationForm(AwayForm):
    """A delegation for whole days in UTC."""

    starts_on = forms.DateField(
        label="From", widget=forms.DateInput(DAY, "%Y-%m-%d"), help_text="From midnight UTC."
    )
    takes_open = forms.BooleanField(
        label="Include steps already open at the start",
        required=False,
        help_text="Otherwise, only steps that open after the start.",
    )
    field_order = ("to", "starts_on", "ends_on", "takes_open", "why")
    field_names = {"starts_at": "starts_on", "ends_at": "ends_on", "reason": "why"}

    def __init__(self, data: QueryDict | None = None, *, who: User) -> None:
        today = timezone.now().date()
        super().__init__(data, who=who, auto_id="id_delegation_%s", initial={"starts_on": today})
        self.fields["ends_on"].label = "Until"

    def delegate(self, *, by: User) -> Delegation:
        cleaned = self.cleaned_data
        return delegations.delegate(
            cleaned["to"],
            by=by,
            starts_at=_midnight(cleaned["starts_on"]),
            ends_at=_midnight(cleaned["ends_on"]),
            reason=cleaned["why"],
            takes_open=cleaned["takes_open"],
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


@admin.register(Delegation)
class DelegationAdmin(SinglePageAdmin):
    """One page with delegations given and received, and the form for a new one."""

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.reviews

    def scope(self, who: User) -> Q:
        return Q(person=who) | Q(delegate=who)

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_delegation"
        return [
            path("away/", wrap(self.away), name=f"{name}_away"),
            path("<path:object_id>/end/", wrap(self.end), name=f"{name}_end"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        who = person(request)
        form = DelegationForm(request.POST if request.method == "POST" else None, who=who)
        return self.perform(
            request,
            form,
            lambda: form.delegate(by=who),
            page=lambda status: self._page(request, form=form, status=status),
            go_on=lambda _: self.home(),
            message="{.delegate} acts for you during this time.",
        )

    def away(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return self.home()
        who = person(request)
        form = AwayForm(request.POST, who=who)
        return self.perform(
            request,
            form,
            lambda: form.set_away(by=who),
            page=lambda status: self._page(request, away_form=form, status=status),
            go_on=lambda _: self.home(),
            message="You're away, and {.delegate} acts for you.",
        )

    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        delegation, who = self.load(request, object_id), person(request)
        if request.method != "POST":
            return self.home()
        return self.perform(
            request,
            Button(request),
            lambda: delegations.end(delegation, by=who),
            page=lambda status: self._page(request, status=status),
            go_on=lambda _: self.home(),
            message="Delegation ended. You decide yourself again.",
        )

    def _page(
        self,
        request: HttpRequest,
        *,
        form: DelegationForm | None = None,
        away_form: AwayForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        who, now = person(request), timezone.now()
        mine = Delegation.objects.filter(self.scope(who)).select_related(
            "person", "delegate", "stage__step"
        )
        rows = [(row, _standing(row, now)) for row in mine[:MAX_ROWS]]
        away = Delegation.objects.away(now).filter(person=who)
        context = {
            "title": "My delegations",
            "form": form or DelegationForm(who=who),
            "away_form": away_form or AwayForm(who=who),
            "away": away.select_related("delegate").first(),
            "given": [row for row in rows if row[0].person_id == who.pk],
            "received": [row for row in rows if row[0].delegate_id == who.pk],
            "refusal": "" if is_reviewer(who) else NEEDS_REVIEWER,
        }
        return self.show(request, "delegation/mine.html", context, status=status)


def _standing(delegation: Delegation, now: datetime) -> str:
    if delegation.is_current(now):
        return "active"
    is_over = delegation.ended_at is not None or delegation.starts_at <= now
    return "ended" if is_over else "scheduled"
