"""Pages of catalogue rows: what they save is made by an action, at once or as a proposal."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from lifecycle.catalogue import editing, provenance
from lifecycle.text.admin import TextAdmin
from lifecycle.text.form_fields import ProseField
from requests_app.admin.base import edits_catalogue
from requests_app.models import Proposal
from requests_app.refusals import Invalid, Refusal
from requests_app.rules.permissions import MAX_REASON_LENGTH

PROPOSED = (
    'Nothing has changed yet: people can request {}, so <a href="{}">your change</a> waits for '
    "another editor."
)


def tell_of_proposal(request: HttpRequest, proposal: Proposal) -> None:
    address = reverse("admin:requests_app_proposal_change", args=[proposal.pk])
    messages.warning(request, format_html(PROPOSED, proposal.ai_model, address))


class FactsForm(forms.ModelForm[Any]):
    """Asks why; shows which facts a person set, and lets files set them again."""

    leave_to_file = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Set by a person",
        help_text="Catalogue files don't overwrite these. Select one to let the next file set "
        "it again.",
    )
    reason = ProseField(
        required=False,  # the action asks for it, once something has changed
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea({"rows": 3}),
        label="Reason for this change",
        help_text="What changed, and where you read it. It is kept with the change.",
    )
    refusal: Refusal | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = cast(forms.MultipleChoiceField, self.fields["leave_to_file"])
        asked.choices = list(provenance.in_words(self.instance))

    def clean(self) -> Any:
        """Show the sentences with which the action refused the form, if it did."""
        cleaned = super().clean()
        if self.refusal:
            refusal = self.refusal
            errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.sentence}
            for name, sentence in errors.items():
                self.add_error(name if name in self.fields else None, sentence)
        return cleaned


class ForEditors:
    """Pages and inlines for the catalogue's editors."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return edits_catalogue(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return edits_catalogue(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return edits_catalogue(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return edits_catalogue(request)


class CatalogueRowAdmin(ForEditors, TextAdmin):
    """A page whose form is saved inside an action, which may undo it and keep it as a proposal.

    Its row is never deleted, as its history would go with it.
    """

    form = FactsForm

    def act(
        self, request: HttpRequest, row: Any, write: Callable[[], Any], reason: str
    ) -> Proposal | None:
        """Run `write` in an action; `row` is None for a new one."""
        raise NotImplementedError

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        def page() -> HttpResponse:
            shown: HttpResponse = super(CatalogueRowAdmin, self)._changeform_view(  # type: ignore[misc]  # Django's own
                request, object_id, form_url, extra_context
            )
            return shown

        row = self.get_object(request, object_id) if object_id else None
        is_unknown = object_id is not None and row is None
        if request.method != "POST" or is_unknown:
            return page()
        return self._saved(request, row, page)

    def _saved(self, request: Any, row: Any, page: Callable[[], HttpResponse]) -> HttpResponse:
        answers: list[HttpResponse] = []
        request.saved, request.refusal = None, None

        def write() -> Any:
            answers.append(page())
            return request.saved

        try:
            proposal = self.act(request, row, write, request.POST.get("reason", ""))
        except Refusal as refusal:
            request.refusal = refusal
            answer = page()  # the form as it was sent, with the sentence
            answer.status_code = refusal.status
            return answer
        if request.saved:
            self._tell(request, request.saved, proposal)
        return answers[0]

    def _tell(self, request: HttpRequest, saved: Any, proposal: Proposal | None) -> None:
        if proposal is None:
            messages.success(request, f"{saved} was saved.")
            return
        tell_of_proposal(request, proposal)

    def message_user(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Say nothing here: whether it was saved is known once the action has ended."""

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        request.saved = form.instance

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)  # the class is made for this request
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer to leave facts to files only where a person set some."""
        fields = super().get_fields(request, obj)
        is_asked = obj is not None and obj.set_by_people
        return [name for name in fields if is_asked or name != "leave_to_file"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        editing.save_edited(obj, leaving=form.cleaned_data["leave_to_file"])

    def has_module_permission(self, request: HttpRequest) -> bool:
        return edits_catalogue(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
