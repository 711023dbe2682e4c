"""Pages on which the owners of a policy write a draft of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from requests_app.actions import policies
from requests_app.admin.base import Button, person
from requests_app.admin.policies.builder.draft_forms import PolicyDraftForms
from requests_app.admin.policies.builder.preview import preview_of
from requests_app.admin.policies.file_forms import PolicyFileForm
from requests_app.admin.policies.file_pages import FilePages
from requests_app.admin.policies.in_words import differences
from requests_app.models import PolicyVersion
from requests_app.models.review.policy_input import VersionInput
from requests_app.policy_files import export
from requests_app.policy_files.expectations import of_policy
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.permissions import why_not
from requests_app.rules.roles import in_group
from requests_app.states import VersionState
from requests_app.validation.policy_version import cleaned, digest, version_input_of

PAGE = "admin:requests_app_policyversion_change"
EDIT = "admin:requests_app_policyversion_edit"


class DraftPages(FilePages):
    """The form of a draft, with its preview, and the button that asks another owner."""

    def owns(self, request: HttpRequest, version: PolicyVersion) -> bool:
        who = person(request)
        return who.is_superuser or in_group(who, version.policy.owners_id)

    def owned(self, request: HttpRequest, object_id: str) -> PolicyVersion:
        """Return the version for its owners. Superusers may view it, with disabled buttons."""
        version: PolicyVersion = self.load(request, object_id)
        if not self.owns(request, version):
            raise Http404
        return version

    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self.owned(request, object_id)
        data = request.POST if request.method == "POST" else None
        forms = PolicyDraftForms(version_input_of(version), data)
        if forms.button:
            forms.check()
            return self._form_page(request, version, forms)
        if "preview" in request.POST:
            status = 200 if forms.check() else Invalid.status
            return self._form_page(request, version, forms, status)
        return self.perform(
            request,
            forms,
            lambda: policies.edit(
                version,
                forms.readable(),
                by=person(request),
                shown=request.POST.get("over") or forms.shown,
            ),
            page=lambda status: self._form_page(request, version, forms, status),
            go_on=lambda _: redirect(PAGE, version.pk),
            message="Draft saved.",
        )

    def take(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Replace the whole text of a draft by a file."""
        version, who = self.owned(request, object_id), person(request)
        text = version_input_of(version)
        initial = {"text": export.write(version), "shown": digest(text)}
        form = PolicyFileForm(request, of_policy(version.policy), initial)
        return self.take_file(
            request,
            form,
            {
                "title": f"{version.policy}, version {version.number}, as YAML",
                "version": version,
                "policy": version.policy,
                "refusal": why_not("edit", version, who),
                "over": digest(text) if form.is_of_another(digest(text)) else "",
            },
            save=lambda: policies.edit(
                version,
                form.policy_file.text,
                by=who,
                shown=request.POST.get("over") or form.cleaned_data["shown"] or "-",
            ),
            go_on=lambda _: redirect(PAGE, version.pk),
            stored=text,
        )

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer a script with the typed draft in plain words, and store nothing."""
        version = self.owned(request, object_id)
        if request.method != "POST":
            return redirect(EDIT, version.pk)
        forms = PolicyDraftForms(version_input_of(version), request.POST)
        forms.check()
        context = {
            **preview_of(forms, version.policy),
            "form": forms.form,
            "questions": forms.questions,
        }
        return render(request, "admin/requests_app/policyversion/preview.html", context)

    def _form_page(
        self,
        request: HttpRequest,
        version: PolicyVersion,
        forms: PolicyDraftForms,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **preview_of(forms, version.policy),
            "title": f"Edit {version.policy}, version {version.number}",
            "version": version,
            "form": forms.form,
            "rows": forms.rows,
            "questions": forms.questions,
            "refusal": why_not("edit", version, person(request)),
            **(overtaken(version, forms.readable()) if status == WrongState.status else {}),
        }
        if forms.button:
            forms.forget_missing()
        return self.show(request, "policyversion/edit.html", context, status)

    def ask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the other owners to publish the draft."""
        version = self.owned(request, object_id)
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


def overtaken(version: PolicyVersion, typed: VersionInput) -> dict[str, Any]:
    """Return what was typed beside what somebody else has saved meanwhile, if that is a draft."""
    version.refresh_from_db()
    if version.state != VersionState.DRAFT:
        return {}
    saved = version_input_of(version)
    named = ("Saved now", "Yours, as typed")
    return {"over": digest(saved), **differences(saved, cleaned(typed), named)}
