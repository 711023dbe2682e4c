"""Policies on the review desk: create one, choose its models, start a draft."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.admin.base import Button, RowPageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.owners.pages import OwnersPages
from requests_app.admin.policies import capacities
from requests_app.admin.policies.file_forms import PolicyFileForm
from requests_app.admin.policies.forms import PolicyModelsForm
from requests_app.admin.policies.in_words import any_two
from requests_app.admin.policies.new_policy_pages import NewPolicyPages
from requests_app.admin.policies.reviewer_pages import ReviewerPages
from requests_app.models import Policy
from requests_app.policy_files import export
from requests_app.policy_files.expectations import of_policy
from requests_app.rules.roles import in_group
from requests_app.rules.waitlist import Waitlist
from requests_app.validation.policy_version import version_input_of

PAGE = "admin:requests_app_policy_change"
EDIT = "admin:requests_app_policyversion_edit"
VERSION = "admin:requests_app_policyversion_change"


@admin.register(Policy)
class PolicyAdmin(NewPolicyPages, ReviewerPages, OwnersPages, RowPageAdmin):
    """The policies that the person owns."""

    list_display = ("name", "slug", "owners")
    list_select_related = ("owners",)

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.may_own

    def scope(self, who: User) -> Q:
        return Q(owners__in=list(who.groups.all()))

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_policy"
        return [
            path("<path:object_id>/import/", wrap(self.take), name=f"{name}_import"),
            path("<path:object_id>/compare/", wrap(self.compare), name=f"{name}_compare"),
            path("<path:object_id>/draft/", wrap(self.draft), name=f"{name}_draft"),
            path("<path:object_id>/capacity/", wrap(self.capacity), name=f"{name}_capacity"),
            path("<path:object_id>/models/", wrap(self.models), name=f"{name}_models"),
            *super().get_urls(),
        ]

    def take(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Start a draft with the text of a file."""
        policy, who = self.load(request, object_id), person(request)
        newest = policy.versions.order_by("number").last()
        form = PolicyFileForm(
            request, of_policy(policy), {"text": export.write(newest) if newest else ""}
        )
        return self.take_file(
            request,
            form,
            {
                "title": f"New draft of {policy} from a file",
                "policy": policy,
                "refusal": policies.why_not_start(policy, who),
            },
            save=lambda: policies.start(policy, by=who, text=form.policy_file.text),
            go_on=lambda version: redirect(VERSION, version.pk),
            stored=version_input_of(newest) if newest else None,
        )

    def row_page(self, request: HttpRequest, policy: Policy) -> HttpResponse:
        return self._page(request, policy, PolicyModelsForm(policy))

    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say in plain words what differs between any two versions."""
        policy = self.load(request, object_id)
        context = {
            "title": f"Versions of {policy} compared",
            "policy": policy,
            **any_two(policy, request.GET.get("from", ""), request.GET.get("to", "")),
        }
        return self.show(request, "policy/compare.html", context)

    def draft(self, request: HttpRequest, object_id: str) -> HttpResponse:
        policy = self.load(request, object_id)
        if request.method != "POST":
            return redirect(PAGE, policy.pk)
        return self.perform(
            request,
            Button(request),
            lambda: policies.start(policy, by=person(request)),
            page=lambda status: self._page(request, policy, PolicyModelsForm(policy), status),
            go_on=lambda version: redirect(EDIT, version.pk),
        )

    def models(self, request: HttpRequest, object_id: str) -> HttpResponse:
        policy = self.load(request, object_id)
        if request.method != "POST":
            return redirect(PAGE, policy.pk)
        form = PolicyModelsForm(policy, request.POST)
        return self.perform(
            request,
            form,
            lambda: policies.assign(
                policy, list(form.cleaned_data["ai_models"]), by=person(request)
            ),
            page=lambda status: self._page(request, policy, form, status),
            go_on=lambda _: redirect(PAGE, policy.pk),
            message="Models saved.",
        )

    def capacity(self, request: HttpRequest, object_id: str) -> HttpResponse:
        policy = self.load(request, object_id)
        if request.method != "POST":
            return redirect(PAGE, policy.pk)
        form = capacities.sent(policy, request.POST)
        return self.perform(
            request,
            form,
            lambda: capacities.save(policy, form, by=person(request)),
            page=lambda status: self._page(
                request, policy, PolicyModelsForm(policy), status, capacity_form=form
            ),
            go_on=lambda _: redirect(PAGE, policy.pk),
            message="Capacity saved: {}.",
        )

    def _page(
        self,
        request: HttpRequest,
        policy: Policy,
        form: PolicyModelsForm,
        status: int = 200,
        capacity_form: capacities.CapacityForm | None = None,
    ) -> HttpResponse:
        versions = policy.versions.select_related("author", "published_by").order_by("-number")
        context = {
            "title": f"Policy {policy}",
            "policy": policy,
            "current": policy.current,
            "versions": versions,
            "form": form,
            "why_not_start": policies.why_not_start(policy, person(request)),
            "capacities": capacities.capacity_rows(policy, Waitlist(timezone.now()), capacity_form),
            "withdrawable": policy.ai_models.filter(withdrawn_at=None),
            "standing_rules": policy.standing_rules.all(),
            "is_owner": in_group(person(request), policy.owners_id),
        }
        return self.show(request, "policy/policy.html", context, status)
