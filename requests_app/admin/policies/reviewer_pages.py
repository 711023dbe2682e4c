"""The reviewers of a policy: its owners see who they are, add and remove them."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.text.form_fields import CodeField
from requests_app.actions.review import desk_members
from requests_app.admin.base import ActionForm, Button, ReadOnlyAdmin, person
from requests_app.models import Policy
from requests_app.reports.review import members
from requests_app.reports.review.members import Members, groups_named_by
from requests_app.rules.desk.reviewer_groups import ReviewerGroups

PAGE = "admin:requests_app_policy_reviewers"


class ReviewerForm(ActionForm):
    """The address of somebody to add."""

    email = CodeField(label="Email address", max_length=254, widget=forms.EmailInput)

    def clean_email(self) -> User:
        found = addresses.person_at(self.cleaned_data["email"])
        if found is None:
            raise forms.ValidationError(desk_members.NOT_CONFIRMED)
        return found


class ReviewerPages(ReadOnlyAdmin):
    """Adds the page of its reviewers to those of a policy."""

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_policy_reviewers"
        page = "<path:object_id>/reviewers/"
        return [
            path(f"{page}<int:group>/add/", wrap(self.add_reviewer), name=f"{name}_add"),
            path(f"{page}<int:group>/remove/", wrap(self.remove_reviewer), name=f"{name}_remove"),
            path(page, wrap(self.reviewers), name=name),
            *super().get_urls(),
        ]

    def reviewers(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._reviewers_page(request, self.load(request, object_id))

    def add_reviewer(self, request: HttpRequest, object_id: str, group: int) -> HttpResponse:
        policy = self.load(request, object_id)
        named = named_group(policy, group)
        if request.method != "POST":
            return redirect(PAGE, policy.pk)
        form = ReviewerForm(request.POST, auto_id=f"id_{group}_%s")
        return self.perform(
            request,
            form,
            lambda: desk_members.add(named, form.cleaned_data["email"], by=person(request)),
            page=lambda status: self._reviewers_page(request, policy, status, (group, form)),
            go_on=lambda _: redirect(PAGE, policy.pk),
            message="{} is in {group} and can open the review desk.",
            told={"group": named},
        )

    def remove_reviewer(self, request: HttpRequest, object_id: str, group: int) -> HttpResponse:
        policy = self.load(request, object_id)
        named = named_group(policy, group)
        number = request.POST.get("person", "")
        one = User.objects.filter(pk=number).first() if number.isdecimal() else None
        if request.method != "POST" or one is None:
            return redirect(PAGE, policy.pk)
        return self.perform(
            request,
            Button(request),
            lambda: desk_members.remove(named, one, by=person(request)),
            page=lambda status: self._reviewers_page(request, policy, status),
            go_on=lambda _: redirect(PAGE, policy.pk),
            message="{} is no longer in {group}.",
            told={"group": named},
        )

    def _reviewers_page(
        self,
        request: HttpRequest,
        policy: Policy,
        status: int = 200,
        sent: tuple[int, ReviewerForm] | None = None,
    ) -> HttpResponse:
        context = {
            "title": f"Reviewers of {policy}",
            "policy": policy,
            "groups": list(_group_rows(policy, person(request), sent)),
        }
        return self.show(request, "policy/reviewers.html", context, status)


def named_group(policy: Policy, number: int) -> Group:
    """Return the group if a step of the policy names it. Raises Http404."""
    found = members.named_group(policy, number)
    if found is None:
        raise Http404
    return found


def _group_rows(
    policy: Policy, by: User, sent: tuple[int, ReviewerForm] | None
) -> Iterator[dict[str, Any]]:
    steps = members.steps_in_use(policy)
    groups = groups_named_by(steps)
    people, rules = Members(policy, groups, timezone.now()), ReviewerGroups(groups)
    for group in groups:
        is_sent = sent is not None and sent[0] == group.pk
        yield {
            "group": group,
            "steps": members.step_names(steps, group),
            "members": people.of(group),
            "others": [each for each in rules.policies[group.pk] if each != policy],
            "why_not": rules.why_not_change(group, by),
            "form": sent[1] if sent and is_sent else ReviewerForm(auto_id=f"id_{group.pk}_%s"),
        }
