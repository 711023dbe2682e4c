"""“Saved reasons” on the review desk: one's own, and those shared for a policy."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from lifecycle.people.models import User
from lifecycle.text.form_fields import LineField, ProseField
from requests_app.actions.review import saved_reasons
from requests_app.admin.base import ActionForm, Button, SinglePageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.models import AccessRequest, Policy, SavedReason
from requests_app.models.review.saved_reason import MAX_NAME_LENGTH
from requests_app.rules.desk.visibility import groups_of, policies_of
from requests_app.rules.roles import is_reviewer

OWN_FIRST = F("policy").asc(nulls_first=True)
NOBODYS = "Only reviewers and policies' owners save reasons."


def offered(who: User, access_request: AccessRequest) -> QuerySet[SavedReason]:
    """Return what somebody may fill in on this request: their own, then its policy's."""
    shared = Q(policy=access_request.policy_version.policy_id)
    return SavedReason.objects.filter(Q(person=who) | shared).order_by(OWN_FIRST, "name")


class SavedReasonForm(ActionForm):
    """A name to find it by, and the text."""

    name = LineField(max_length=MAX_NAME_LENGTH, help_text="Requesters don't see it.")
    text = ProseField(max_length=saved_reasons.MAX_TEXT_LENGTH, widget=forms.Textarea({"rows": 5}))

    use_required_attribute = False


class NewReasonForm(SavedReasonForm):
    """With the people it is for, where there is a choice."""

    policy = forms.ChoiceField(label="For", required=False)

    def __init__(self, data: QueryDict | None = None, *, who: User) -> None:
        super().__init__(data)
        self.owned = {str(policy.pk): policy for policy in _owned_by(who)}
        mine = [("", "Only me")] if is_reviewer(who) else []
        shared = [(pk, f"All reviewers of {policy.name}") for pk, policy in self.owned.items()]
        field = self.fields["policy"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*mine, *shared]
        self.is_for_somebody = bool(mine or shared)
        if not shared:
            del self.fields["policy"]

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("name", "text")}

    def save(self, *, by: User) -> SavedReason:
        policy = self.owned.get(self.cleaned_data.get("policy", ""))
        return saved_reasons.add(by=by, policy=policy, **self.texts)


def _owned_by(who: User) -> QuerySet[Policy]:
    return Policy.objects.filter(owners__in=groups_of(who)).order_by("name")


@admin.register(SavedReason)
class SavedReasonAdmin(SinglePageAdmin):
    """One page with all of them and a form for another; each has a page to change it."""

    def is_offered(self, desk: DeskAccess) -> bool:
        """Hide it from the admin's index: the desk has its own link to it."""
        return False

    def scope(self, who: User) -> Q:
        return Q(person=who) | Q(policy__in=policies_of(who))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the same rows for superusers: what others save for themselves is theirs."""
        rows = SavedReason.objects.filter(self.scope(person(request)))
        return rows.select_related("policy").order_by("policy__name", "name")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        who = person(request)
        form = NewReasonForm(request.POST if request.method == "POST" else None, who=who)
        return self.perform(
            request,
            form,
            lambda: form.save(by=who),
            page=lambda status: self._page(request, form, status),
            go_on=lambda _: self.home(),
            message="Saved: {}.",
            was_done=lambda: self.get_queryset(request).filter(**form.texts).exists(),
        )

    def row_page(self, request: HttpRequest, reason: SavedReason) -> HttpResponse:
        who = person(request)
        if saved_reasons.why_not_add(reason.policy, who):
            return self.home()
        if "delete" in request.POST:
            return self.perform(
                request,
                Button(request),
                lambda: saved_reasons.remove(reason, by=who),
                page=lambda status: self.home(),
                go_on=lambda _: self.home(),
                message="Deleted: {}.",
            )
        kept = {"name": reason.name, "text": reason.text}
        form = SavedReasonForm(request.POST if request.method == "POST" else None, initial=kept)
        return self.perform(
            request,
            form,
            lambda: saved_reasons.change(reason, by=who, **form.cleaned_data),
            page=lambda status: self._edit_page(request, reason, form, status),
            go_on=lambda _: self.home(),
            message="Saved: {}.",
        )

    def _page(self, request: HttpRequest, form: NewReasonForm, status: int) -> HttpResponse:
        rows = list(self.get_queryset(request))
        owned = {policy.pk for policy in form.owned.values()}
        context = {
            "title": "Saved reasons",
            "form": form if form.is_for_somebody else None,
            "refusal": NOBODYS,
            "own": [row for row in rows if row.policy is None],
            "shared": [(row, row.policy_id in owned) for row in rows if row.policy],
            "most": saved_reasons.MAX_REASONS,
        }
        return self.show(request, "savedreason/mine.html", context, status=status)

    def _edit_page(
        self, request: HttpRequest, reason: SavedReason, form: SavedReasonForm, status: int
    ) -> HttpResponse:
        context = {"title": f"Change “{reason}”", "reason": reason, "form": form}
        return self.show(request, "savedreason/change.html", context, status=status)
