"""Policy versions on the review desk: view, compare, edit and publish."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.admin_columns import column
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.catalogue import opening
from requests_app.admin import repeated_clicks
from requests_app.admin.base import ActionForm, RowPageAdmin, edits_catalogue, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.filters import VersionPolicyFilter, VersionStateFilter
from requests_app.admin.policies.builder.drafting import PAGE, DraftPages
from requests_app.admin.policies.in_words import comparison, version_words
from requests_app.models import Policy, PolicyStep, PolicyVersion
from requests_app.policy_files import export
from requests_app.refusals import Refusal
from requests_app.reports.publish_checklist import checklist
from requests_app.rules.permissions import why_not
from requests_app.states import VersionState
from requests_app.validation.policy_version import (
    digest,
    version_input_of,
    why_not_in_force,
)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(DraftPages, RowPageAdmin):
    """Drafts are visible to the policy's owners only, published versions to reviewers too."""

    list_display = ("policy", "number", "state", "author", "published_by", column("published_at"))
    list_filter = (VersionStateFilter, VersionPolicyFilter)
    list_select_related = ("policy", "author", "published_by")

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.sees_requests

    def scope(self, who: User) -> Q:
        groups = who.groups.all()
        steps = PolicyStep.objects.filter(Q(reviewers__in=groups) | Q(alternates__in=groups))
        return Q(policy__in=Policy.objects.filter(owners__in=groups)) | Q(
            pk__in=steps.values("version"), state=VersionState.PUBLISHED
        )

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_policyversion"
        return [
            path("<path:object_id>/edit/", wrap(self.edit), name=f"{name}_edit"),
            path("<path:object_id>/preview/", wrap(self.preview), name=f"{name}_preview"),
            path("<path:object_id>/import/", wrap(self.take), name=f"{name}_import"),
            path("<path:object_id>/file.yaml", wrap(self.file), name=f"{name}_file"),
            path("<path:object_id>/open/", wrap(self.open_models), name=f"{name}_open"),
            path("<path:object_id>/ask/", wrap(self.ask), name=f"{name}_ask"),
            path("<path:object_id>/publish/", wrap(self.publish), name=f"{name}_publish"),
            *super().get_urls(),
        ]

    def row_page(self, request: HttpRequest, version: PolicyVersion) -> HttpResponse:
        who = person(request)
        others = version.policy.versions.exclude(pk=version.pk)
        text = version_input_of(version)
        context = {
            **version_words(text, version.policy if self.owns(request, version) else None),
            **comparison(version, others, request.GET.get("against", "")),
            "title": f"{version.policy}, version {version.number}",
            "version": version,
            "policy": version.policy,
            "text": text,
            "problems": why_not_in_force(version),
            "is_draft": version.state == VersionState.DRAFT,
            "why_not_edit": why_not("edit", version, who),
            "why_not_publish": policies.why_not_publish(version, who),
            "why_not_ask": why_not("ask_to_publish", version, who),
            **self._checklist(request, version),
        }
        return self.show(request, "policyversion/version.html", context)

    def _checklist(self, request: HttpRequest, version: PolicyVersion) -> dict[str, Any]:
        """For owners, of what is in force or may soon be."""
        is_draft = version.state == VersionState.DRAFT
        if not (self.owns(request, version) and (is_draft or version == version.policy.current)):
            return {}
        lines = checklist(version, timezone.now().date())
        return {
            "checklist": lines,
            "to_open": sum(line.opens for line in lines),
            "edits_catalogue": lines and edits_catalogue(request),
        }

    def open_models(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the models of the policy to requests that aren't; each is a change of its own."""
        version = self.owned(request, object_id)
        lines = checklist(version, timezone.now().date()) if request.method == "POST" else []
        reason = f"Opened to requests under the policy {version.policy}."
        for ai_model in (line.ai_model for line in lines if line.opens and line.ai_model):
            try:
                waits = opening.open_to_requests(ai_model, by=person(request), reason=reason)
            except Refusal as refusal:
                messages.error(request, refusal.sentence)
                break
            agreed = "waits for a second editor to be opened" if waits else "is open to requests"
            messages.success(request, f"{ai_model} {agreed}.")
        return redirect(PAGE, version.pk)

    def file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return export.download(self.load(request, object_id))

    # Publishing ---------------------------------------------------------------------------------

    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self.owned(request, object_id)
        form, who = ActionForm(request.POST if request.method == "POST" else None), person(request)
        return self.perform(
            request,
            form,
            # "-" matches no digest, so a form without one is refused rather than left unchecked.
            lambda: policies.publish(version, by=who, shown=request.POST.get("shown", "-")),
            page=lambda status: self._publish_page(request, object_id, form, status),
            go_on=lambda _: redirect(PAGE, version.pk),
            message="{} now applies to all new submissions.",
            was_done=lambda: repeated_clicks.has_published(self.owned(request, object_id), who),
        )

    def _publish_page(
        self, request: HttpRequest, object_id: str, form: ActionForm, status: int
    ) -> HttpResponse:
        version = self.owned(request, object_id)
        text = version_input_of(version)
        context = {
            **version_words(text, version.policy),
            **comparison(version, version.policy.versions.filter(state=VersionState.PUBLISHED), ""),
            "title": f"Publish {version.policy}, version {version.number}",
            "version": version,
            "policy": version.policy,
            "text": text,
            "shown": digest(text),
            "refused": next(iter(form.non_field_errors()), ""),
            "refusal": policies.why_not_publish(version, person(request)),
            **self._checklist(request, version),
        }
        return self.show(request, "policyversion/publish.html", context, status)
