"""Policies on the review desk: create one, choose its models, start a draft."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.admin.base import Button, person
from requests_app.admin.owners.report import ReportedPolicies
from requests_app.admin.owners.withdrawal import WithdrawableModels
from requests_app.admin.policies import capacities
from requests_app.admin.policies.file_forms import PolicyFileForm
from requests_app.admin.policies.file_pages import FilePages
from requests_app.admin.policies.forms import PolicyCreateForm, PolicyModelsForm
from requests_app.admin.policies.reviewer_pages import ReviewerPages
from requests_app.models import Policy, PolicyVersion
from requests_app.policy_files import export
from requests_app.policy_files.policy_file import PolicyFile, of_a_new_policy, of_policy
from requests_app.rules.roles import in_group
from requests_app.rules.waitlist import Waitlist
from requests_app.validation.policy_version import version_input_of

PAGE = "admin:requests_app_policy_change"
EDIT = "admin:requests_app_policyversion_edit"
VERSION = "admin:requests_app_policyversion_change"


@admin.register(Policy)
class PolicyAdmin(FilePages, ReviewerPages, ReportedPolicies, WithdrawableModels):
    """The policies that the person owns."""

    list_display = ("name", "slug", "owners")
    list_select_related = ("owners",)

    def scope(self, who: User) -> Q:
        return Q(owners__in=list(who.groups.all()))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Anyone in a group may create a policy owned by it; the action checks the group."""
        return person(request).is_staff and person(request).groups.exists()

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_policy"
        return [
            path("add/file/", wrap(self.add_file), name=f"{name}_add_file"),
            path("<path:object_id>/file/", wrap(self.take), name=f"{name}_import"),
            path("<path:object_id>/draft/", wrap(self.draft), name=f"{name}_draft"),
            path("<path:object_id>/capacity/", wrap(self.capacity), name=f"{name}_capacity"),
            path("<path:object_id>/models/", wrap(self.models), name=f"{name}_models"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        who = person(request)
        form = PolicyCreateForm(request.POST if request.method == "POST" else None, by=who)
        context = {"title": "New policy", "form": form}
        return self.perform(
            request,
            form,
            lambda: form.create(by=who),
            page=lambda status: self.show(request, "policy/add.html", context, status),
            go_on=lambda policy: redirect(PAGE, policy.pk),
            message="Policy {} created. Now write its first version.",
        )

    def add_file(self, request: HttpRequest) -> HttpResponse:
        """Create a policy and its first draft from a file."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, who = PolicyFileForm(request, of_a_new_policy), person(request)
        return self.take_file(
            request,
            form,
            {"title": "New policy from a file"},
            save=lambda: import_file(form.policy_file, by=who),
            go_on=lambda version: redirect(VERSION, version.pk),
        )

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

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        policy = self.load(request, object_id)
        return self._page(request, policy, PolicyModelsForm(policy))

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


def import_file(file: PolicyFile, *, by: User) -> PolicyVersion:
    version, _is_new = policies.import_version(
        file.slug,
        file.text,
        by=by,
        name=file.name,
        owners=file.owners,
        ai_models=file.ai_models,
    )
    return version
