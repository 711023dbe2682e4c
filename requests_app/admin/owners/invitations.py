"""Invitations into the groups that decide under a policy: its owners send and take them back."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.text.form_fields import CodeField
from requests_app import throttling
from requests_app.actions.review import reviewer_invitations
from requests_app.admin.base import ActionForm, Button, ReadOnlyAdmin, person
from requests_app.models import Policy, PolicyStep, ReviewerInvitation
from requests_app.rules.desk.reviewer_groups import ReviewerGroups
from requests_app.rules.permissions import why_not

PAGE = "admin:requests_app_policy_invitations"
MAX_ROWS = 50


class InvitationForm(ActionForm):
    """An address, and the group it is invited into; `why_not` is a sentence if there is none."""

    email = CodeField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        help_text="We send an invitation there, whether or not it has an account.",
    )
    group = forms.ModelChoiceField(Group.objects.none(), empty_label=None)

    use_required_attribute = False

    def __init__(self, policy: Policy, by: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        groups, self.why_not = _groups_to_invite_into(policy, by)
        choice: Any = self.fields["group"]
        choice.queryset = Group.objects.filter(pk__in=[group.pk for group in groups])


class InvitingPolicies(ReadOnlyAdmin):
    """Adds the page of its invitations to those of a policy."""

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_policy_invitations"
        page = "<path:object_id>/invitations/"
        withdraw, again = wrap(self.withdraw_invitation), wrap(self.send_invitation_again)
        return [
            path(f"{page}<slug:public_id>/again/", again, name=f"{name}_again"),
            path(f"{page}<slug:public_id>/withdraw/", withdraw, name=f"{name}_withdraw"),
            path(page, wrap(self.invitations), name=name),
            *super().get_urls(),
        ]

    def invitations(self, request: HttpRequest, object_id: str) -> HttpResponse:
        policy, who = self.load(request, object_id), person(request)
        form = InvitationForm(policy, who, request.POST if request.method == "POST" else None)
        if form.is_bound:
            throttling.check("invite", request, who)
        return self.perform(
            request,
            form,
            lambda: reviewer_invitations.invite(policy, by=who, **form.cleaned_data),
            page=lambda status: self._invitations_page(request, policy, form, status),
            go_on=lambda _: redirect(PAGE, policy.pk),
            message="Invitation sent to {0.email}.",
        )

    def withdraw_invitation(
        self, request: HttpRequest, object_id: str, public_id: str
    ) -> HttpResponse:
        done = "Invitation to {0.email} taken back."
        return self._act(request, object_id, public_id, reviewer_invitations.withdraw, done)

    def send_invitation_again(
        self, request: HttpRequest, object_id: str, public_id: str
    ) -> HttpResponse:
        if request.method == "POST":
            throttling.check("invite", request, person(request))
        done = "Invitation sent to {0.email} again. The link in the email before no longer works."
        return self._act(request, object_id, public_id, reviewer_invitations.send_again, done)

    def _act(
        self,
        request: HttpRequest,
        object_id: str,
        public_id: str,
        action: Callable[..., ReviewerInvitation],
        message: str,
    ) -> HttpResponse:
        policy, who = self.load(request, object_id), person(request)
        invitation = get_object_or_404(ReviewerInvitation, policy=policy, public_id=public_id)
        if request.method != "POST":
            return redirect(PAGE, policy.pk)
        return self.perform(
            request,
            Button(request),
            lambda: action(invitation, by=who),
            page=lambda status: self._invitations_page(
                request, policy, InvitationForm(policy, who), status
            ),
            go_on=lambda _: redirect(PAGE, policy.pk),
            message=message,
        )

    def _invitations_page(
        self, request: HttpRequest, policy: Policy, form: InvitationForm, status: int
    ) -> HttpResponse:
        rows = ReviewerInvitation.objects.filter(policy=policy).select_related("group", "by")
        waiting = list(rows.open(timezone.now()).select_related("policy").order_by("-pk"))
        context = {
            "title": f"Invitations to review: {policy}",
            "policy": policy,
            "form": form,
            "waiting": waiting,
            "may_withdraw": bool(waiting)
            and why_not("withdraw", waiting[0], person(request)) is None,
            "others": rows.exclude(pk__in=[row.pk for row in waiting]).order_by("-pk")[:MAX_ROWS],
        }
        return self.show(request, "policy/invitations.html", context, status)


def _groups_to_invite_into(policy: Policy, by: User) -> tuple[list[Group], str]:
    """Return the groups, and the sentence that refuses if there are none."""
    steps = PolicyStep.objects.filter(version__policy=policy)
    named = Q(pk__in=steps.values("reviewers")) | Q(pk__in=steps.values("alternates"))
    groups = list(Group.objects.filter(named).order_by("name"))
    rules = ReviewerGroups(groups)
    refusals = {group: rules.why_not_change(group, by) for group in groups}
    allowed = [group for group, sentence in refusals.items() if sentence is None]
    if allowed:
        return allowed, ""
    nothing = "No version of this policy names a group yet."
    return [], next((sentence for sentence in refusals.values() if sentence), nothing)
