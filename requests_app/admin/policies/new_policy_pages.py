"""Pages that begin a policy: from a template, empty, or from a file."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.admin import desk_access
from requests_app.admin.base import person
from requests_app.admin.policies.file_forms import PolicyFileForm
from requests_app.admin.policies.file_pages import FilePages
from requests_app.admin.policies.in_words import step_words
from requests_app.admin.policies.new_policy_form import NewPolicyForm
from requests_app.models import Policy, PolicyVersion
from requests_app.policy_files.expectations import of_a_new_policy
from requests_app.policy_files.policy_file import PolicyFile
from requests_app.policy_files.templates import all_templates

VERSION = "admin:requests_app_policyversion_change"
EMPTY = "empty"


class NewPolicyPages(FilePages):
    """Adds the pages of a policy that isn't there yet."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Anyone in a group that could own one may create it; the action checks the group."""
        return person(request).is_staff and desk_access.of_reader(request).has["owner_groups"]

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_policy_add_file"
        return [path("add/file/", wrap(self.add_file), name=name), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._check_may_add(request)
        key = request.GET.get("template", "")
        if request.method != "POST" and not key:
            return self._choice(request)
        template = all_templates().get(key)
        if template is None and key not in ("", EMPTY):
            raise Http404
        who, data = person(request), request.POST if request.method == "POST" else None
        form = NewPolicyForm(data, by=who, template=template)
        context = {"title": "New policy", "form": form, "template": template}
        return self.perform(
            request,
            form,
            lambda: form.save(by=who),
            page=lambda status: self.show(request, "policy/add.html", context, status),
            go_on=lambda made: redirect(made_page(made), made.pk),
            message="{} created."
            if template
            else "Policy {} created. Now write its first version.",
        )

    def add_file(self, request: HttpRequest) -> HttpResponse:
        """Create a policy and its first draft from a file."""
        self._check_may_add(request)
        form, who = PolicyFileForm(request, of_a_new_policy), person(request)
        return self.take_file(
            request,
            form,
            {"title": "New policy from a file"},
            save=lambda: import_file(form.policy_file, by=who),
            go_on=lambda version: redirect(VERSION, version.pk),
        )

    def _choice(self, request: HttpRequest) -> HttpResponse:
        offered = [(each, step_words(each.draft)) for each in all_templates().values()]
        context = {"title": "New policy", "templates": offered}
        return self.show(request, "policy/begin.html", context)

    def _check_may_add(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied


def made_page(made: Policy | PolicyVersion) -> str:
    """Return the page to go on with: the form of a draft, or the policy that needs one."""
    if isinstance(made, PolicyVersion):
        return "admin:requests_app_policyversion_edit"
    return "admin:requests_app_policy_change"


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
