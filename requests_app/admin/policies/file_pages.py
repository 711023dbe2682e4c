"""Pages that take a policy as YAML, check it, and save it; and one that gives it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from requests_app.admin.base import ReadOnlyAdmin
from requests_app.admin.policies.file_forms import PolicyFileForm
from requests_app.admin.policies.in_words import differences, version_words
from requests_app.models.review.policy_input import VersionInput
from requests_app.refusals import Invalid
from requests_app.reports import publish_checklist

TEMPLATE = "policyversion/file.html"
NAMED = ("Saved", "In the file")


class FilePages(ReadOnlyAdmin):
    """The form for YAML, whatever it is for."""

    def take_file(
        self,
        request: HttpRequest,
        form: PolicyFileForm,
        context: dict[str, Any],
        *,
        save: Callable[[], Any],
        go_on: Callable[[Any], HttpResponse],
        stored: VersionInput | None = None,
    ) -> HttpResponse:
        """Show, check or save what is in the form. `stored` is what it would replace."""

        def page(status: int) -> HttpResponse:
            read = self._as_read(form, stored)
            return self.show(request, TEMPLATE, {**context, **read, "form": form}, status)

        if "check" in request.POST:
            return page(200 if form.is_valid() else Invalid.status)
        message = "Draft saved from the file."
        return self.perform(request, form, save, page=page, go_on=go_on, message=message)

    def _as_read(self, form: PolicyFileForm, stored: VersionInput | None) -> dict[str, Any]:
        if form.file is None:
            return {}
        text = form.file.text
        compared = differences(stored, text, NAMED) if stored else {}
        return {
            **version_words(text),
            **compared,
            "problems": list(publish_checklist.of_text(text)),
            "is_read": True,
        }
