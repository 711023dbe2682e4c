"""Policy versions on the review desk: view, compare, edit and publish."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.admin_columns import column
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.admin import repeated_clicks
from requests_app.admin.base import ActionForm, Button, ReadOnlyAdmin, edits_catalogue, person
from requests_app.admin.filters import VersionPolicyFilter, VersionStateFilter
from requests_app.admin.policies.draft_forms import PolicyDraftForms
from requests_app.models import Policy, PolicyStep, PolicyVersion
from requests_app.models.review.policy_input import VersionInput
from requests_app.reports.publish_checklist import checklist
from requests_app.rules.permissions import why_not
from requests_app.rules.roles import in_group
from requests_app.states import VersionState
from requests_app.validation.policy_version import (
    digest,
    problems,
    undecidable,
    version_input_of,
    why_not_in_force,
)
from requests_app.wording import policies as policy_wording
from requests_app.wording import policy_differences

PAGE = "admin:requests_app_policyversion_change"


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    """Drafts are visible to the policy's owners only, published versions to reviewers too."""

    list_display = ("policy", "number", "state", "author", "published_by", column("published_at"))
    list_filter = (VersionStateFilter, VersionPolicyFilter)
    list_select_related = ("policy", "author", "published_by")

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
            path("<path:object_id>/ask/", wrap(self.ask), name=f"{name}_ask"),
            path("<path:object_id>/publish/", wrap(self.publish), name=f"{name}_publish"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        version, who = self.load(request, object_id), person(request)
        others = version.policy.versions.exclude(pk=version.pk).order_by("-number")
        text = version_input_of(version)
        context = {
            **version_sentences(text),
            **comparison(version, others, request.GET.get("against", "")),
            "title": f"{version.policy}, version {version.number}",
            "version": version,
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
        if not (self._owns(request, version) and (is_draft or version == version.policy.current)):
            return {}
        lines = checklist(version, timezone.now().date())
        return {"checklist": lines, "edits_catalogue": lines and edits_catalogue(request)}

    def _owns(self, request: HttpRequest, version: PolicyVersion) -> bool:
        who = person(request)
        return who.is_superuser or in_group(who, version.policy.owners_id)

    # Changing a draft ---------------------------------------------------------------------------

    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self._owned(request, object_id)
        data = request.POST if request.method == "POST" else None
        forms = PolicyDraftForms(version_input_of(version), data)
        if forms.button:
            forms.forget_missing()
            return self._edit_page(request, version, forms)
        if "preview" in request.POST:
            return self._preview(request, version, forms)
        return self.perform(
            request,
            forms,
            lambda: policies.edit(version, forms.text(), by=person(request), shown=forms.shown),
            page=lambda status: self._edit_page(request, version, forms, status=status),
            go_on=lambda _: redirect(PAGE, version.pk),
            message="Draft saved.",
        )

    def _preview(
        self, request: HttpRequest, version: PolicyVersion, forms: PolicyDraftForms
    ) -> HttpResponse:
        return self.perform(
            request,
            forms,
            lambda: policies.refuse(problems(forms.text())),
            page=lambda status: self._edit_page(request, version, forms, status=status),
            go_on=lambda _: self._edit_page(request, version, forms, preview_of(forms.text())),
        )

    def _edit_page(
        self,
        request: HttpRequest,
        version: PolicyVersion,
        forms: PolicyDraftForms,
        preview: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **(preview or {}),
            "title": f"Edit {version.policy}, version {version.number}",
            "version": version,
            "form": forms.form,
            "rows": forms.rows,
            "questions": forms.questions,
            "refusal": why_not("edit", version, person(request)),
        }
        return self.show(request, "policyversion/edit.html", context, status)

    def ask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the other owners to publish the draft."""
        version = self._owned(request, object_id)
        if request.method != "POST":
            return redirect(PAGE, version.pk)
        return self.perform(
            request,
            Button(request),
            lambda: policies.ask_to_publish(version, by=person(request)),
            page=lambda _: redirect(PAGE, version.pk),
            go_on=lambda _: redirect(PAGE, version.pk),
            message="The other owners of the policy get an email.",
        )

    # Publishing ---------------------------------------------------------------------------------

    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self._owned(request, object_id)
        form, who = ActionForm(request.POST if request.method == "POST" else None), person(request)
        return self.perform(
            request,
            form,
            # "-" matches no digest, so a form without one is refused rather than left unchecked.
            lambda: policies.publish(version, by=who, shown=request.POST.get("shown", "-")),
            page=lambda status: self._publish_page(request, object_id, form, status),
            go_on=lambda _: redirect(PAGE, version.pk),
            message="{} now applies to all new submissions.",
            was_done=lambda: repeated_clicks.has_published(self._owned(request, object_id), who),
        )

    def _publish_page(
        self, request: HttpRequest, object_id: str, form: ActionForm, status: int
    ) -> HttpResponse:
        version = self._owned(request, object_id)
        text = version_input_of(version)
        context = {
            **version_sentences(text),
            **comparison(version, version.policy.versions.filter(state=VersionState.PUBLISHED), ""),
            "title": f"Publish {version.policy}, version {version.number}",
            "version": version,
            "text": text,
            "shown": digest(text),
            "refused": next(iter(form.non_field_errors()), ""),
            "refusal": policies.why_not_publish(version, person(request)),
            **self._checklist(request, version),
        }
        return self.show(request, "policyversion/publish.html", context, status)

    def _owned(self, request: HttpRequest, object_id: str) -> PolicyVersion:
        """Return the version for its owners. Superusers may view it, with disabled buttons."""
        version: PolicyVersion = self.load(request, object_id)
        if not self._owns(request, version):
            raise Http404
        return version


def preview_of(text: VersionInput) -> dict[str, Any]:
    """Return a draft in words, with what would prevent its publication."""
    return {**version_sentences(text), "problems": list(undecidable(text)), "is_preview": True}


def version_sentences(text: VersionInput) -> dict[str, Any]:
    """Return the version in words."""
    steps = [(step.name, policy_wording.step_sentences(step, text.country)) for step in text.steps]
    return {"sentences": policy_wording.version_sentences(text), "steps": steps}


def comparison(version: PolicyVersion, others: Any, against: str) -> dict[str, Any]:
    """Return the differences from the chosen version, or from the last one published before it."""
    choices = list(others.order_by("-number"))
    before = [other for other in choices if other.number < version.number]
    in_force = [other for other in before if other.state == VersionState.PUBLISHED]
    asked = [other for other in choices if str(other.number) == against]
    other = next(iter(asked or in_force or before), None)
    if other is None:
        return {"others": choices}
    differences = list(
        policy_differences.differences(version_input_of(other), version_input_of(version))
    )
    return {"others": choices, "other": other, "differences": differences}
