"""The form pages of a draft, each for some of its fields."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from lifecycle.catalogue.models import AIModel
from lifecycle.text.durations import format_duration
from lifecycle.text.form_fields import CodeField, LineField, ProseField
from lifecycle.text.numbers import WholeField
from requests_app.models import OPERATIONS, PolicyVersion, Track
from requests_app.models.requests.attestation import ATTESTATION_TEXTS, CURRENT_ATTESTATION
from requests_app.validation.completeness import has_accepted
from requests_app.validation.request_input import RequestInput, name_of
from requests_app.web.catalogue.availability import version_in_force
from requests_app.web.fields import CheckboxesField, IsoDateField, RefusableForm, WordLimitedField

OPERATION_LABELS = {
    "messages": _("Messages: a conversation in turns"),
    "completions": _("Completions: text that the model continues"),
}
LINK_ATTRS = {"inputmode": "url", "spellcheck": "false", "autocapitalize": "off"}


class DraftStepForm(RefusableForm):
    """One page of a draft; its fields are named like those of the input."""

    def __init__(
        self, typed: Mapping[str, Any] | None = None, *, request_input: RequestInput
    ) -> None:
        super().__init__(typed, initial=self.initial_values(request_input))

    def initial_values(self, request_input: RequestInput) -> dict[str, Any]:
        """Return the stored values to show."""
        return {
            name: getattr(request_input, name)
            for name in self.base_fields
            if hasattr(request_input, name)
        }

    def input_values(self) -> dict[str, Any]:
        """Return the submitted values, valid in form."""
        return dict(self.cleaned_data)


class ModelsForm(RefusableForm):
    """The title and the models; an unknown one is left to the action to refuse."""

    title = LineField(
        required=False,
        label=_("Title"),
        help_text=_(
            "Optional. How reviewers and you will recognise this request, in at most 120 "
            "characters."
        ),
    )

    identifiers = CheckboxesField(
        label=_("Which models do you need?"),
        help_text=_("Select only what you need."),
        error_messages={"required": _("Choose the model you need.")},
    )

    def __init__(
        self,
        typed: Mapping[str, Any] | None = None,
        *,
        ai_models: Iterable[AIModel],
        chosen: Iterable[str] = (),
        title: str = "",
    ) -> None:
        super().__init__(typed, initial={"identifiers": list(chosen), "title": title})
        self.offered = offered = list(ai_models)
        self.policies = {
            str(version.policy) for row in offered if (version := version_in_force(row))
        }
        several = len(self.policies) > 1
        choices = {row.identifier: _label(row, with_policy=several) for row in offered}
        gone = AIModel.objects.filter(identifier__in=set(chosen) - set(choices))
        choices |= {row.identifier: _label(row, with_policy=several) for row in gone}
        self.fields["identifiers"].choices = list(choices.items())  # type: ignore[attr-defined]  # a choice field

    def input_values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "identifiers": tuple(self.cleaned_data["identifiers"])}


class AboutForm(DraftStepForm):
    """Who is requesting."""

    track = CodeField(
        label=_("Your affiliation"),
        help_text=_("This may affect the review steps."),
        widget=forms.RadioSelect(choices=Track.choices),
        error_messages={"required": _("Choose your affiliation.")},
    )
    organisation = LineField(
        required=False,
        label=_("Organisation"),
        help_text=_(
            "The university, lab or company behind this work. Leave blank if you are independent."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    organisation_id = CodeField(
        required=False,
        label=_("Organisation ID (ROR)"),
        help_text=_(
            "Optional. A ROR ID, like <code>https://ror.org/02mhbdp94</code>, or an ID from "
            "another registry."
        ),
        widget=forms.TextInput(attrs=LINK_ATTRS),
    )
    country = forms.ChoiceField(
        required=False,
        label=_("Country"),
        help_text=_("Optional. Where the work takes place."),
        choices=lambda: [("", _("Not set")), *countries],
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    team = WordLimitedField(
        label=_("Who will work on this?"),
        help_text=_(
            "Describe each person's role and relevant experience. If you work alone, say so."
        ),
        rows=6,
    )
    scholar = CodeField(
        required=False,
        label=_("Google Scholar or Semantic Scholar"),
        help_text=_("Optional. A profile URL, starting with <code>https://</code>."),
        widget=forms.TextInput(attrs=LINK_ATTRS),
    )
    orcid = CodeField(
        required=False,
        label=_("ORCID iD"),
        help_text=_("Optional. Like <code>0000-0002-1825-0097</code>, or its full URL."),
        widget=forms.TextInput(attrs=LINK_ATTRS),
    )
    github = CodeField(
        required=False,
        label=_("GitHub"),
        help_text=_("Optional. Like <code>https://github.com/octocat</code>."),
        widget=forms.TextInput(attrs=LINK_ATTRS),
    )


class UseForm(DraftStepForm):
    """How much usage, which operations, and when."""

    operations = CheckboxesField(
        label=_("Types of call"),
        help_text=_("What your key can be used for. Select only what you need."),
        error_messages={"required": _("Choose at least one type of call.")},
        choices=[(name, OPERATION_LABELS[name]) for name in OPERATIONS],
    )
    expected_use = WordLimitedField(
        label=_("How much will you use it?"),
        help_text=_("Estimate the number of calls, their length and over what period."),
        rows=4,
    )
    expected_cost = WholeField(
        label=_("Expected cost"),
        help_text=_("Total cost of the calls in whole US dollars. An estimate is fine."),
        error_messages={
            "required": _("Enter the expected cost. Use 0 if it is negligible."),
            "invalid": _("Enter whole US dollars in digits, like 250."),
        },
    )
    starts_on = IsoDateField(
        label=_("Start date"),
        missing=_("Choose a start date."),
        help_text=_("Access starts at midnight UTC on this date, or on approval if that is later."),
    )
    ends_on = IsoDateField(
        label=_("End date"),
        missing=_("Choose an end date."),
        help_text=_("Its length stays the same if it starts later."),
    )

    def initial_values(self, request_input: RequestInput) -> dict[str, Any]:
        """Leave the cost empty until the page was saved once: 0 would be somebody's answer."""
        initial = super().initial_values(request_input)
        if not (request_input.expected_cost or request_input.operations):
            initial["expected_cost"] = ""
        return initial

    def input_values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "operations": tuple(self.cleaned_data["operations"])}


class PurposeForm(DraftStepForm):
    """The purpose."""

    purpose = WordLimitedField(
        label=_("What do you need it for?"),
        help_text=_(
            "Explain what you want to find out and why a newer model won't do. Reviewers base "
            "their decision on this."
        ),
        rows=10,
    )


class NoteForm(RefusableForm):
    """What the requester says when they send a returned request again."""

    note = ProseField(
        required=False,
        label=_("Note to the reviewers: what you changed"),
        help_text=_("Optional. They read it first. At most 2,000 characters."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class SafetyForm(DraftStepForm):
    """The data sent to the models, and the risks."""

    inputs = WordLimitedField(
        label=_("What will you send to the model?"),
        help_text=_(
            "Describe where the data comes from. Say whether any of it is personal or "
            "confidential, and how you protect it."
        ),
        rows=6,
    )
    safety = WordLimitedField(
        label=_("What could go wrong, and how will you prevent it?"),
        help_text=_("Consider harmful output and who might see it."),
        rows=6,
    )


class TermsForm(DraftStepForm):
    """The policy's terms and the attestation; a draft may leave both open."""

    accepted_terms = forms.BooleanField(required=False, label=_("I accept these terms"))
    attests = forms.BooleanField(required=False)

    def __init__(
        self,
        typed: Mapping[str, Any] | None = None,
        *,
        request_input: RequestInput,
        version: PolicyVersion,
    ) -> None:
        self.version = version
        super().__init__(typed, request_input=request_input)
        self.fields["shown"] = CodeField(
            initial=name_of(version), max_length=100, widget=forms.HiddenInput
        )
        self.fields["attests"].label = ATTESTATION_TEXTS[CURRENT_ATTESTATION]
        if not version.terms.strip():
            del self.fields["accepted_terms"]

    def initial_values(self, request_input: RequestInput) -> dict[str, Any]:
        return {
            "attests": request_input.attests,
            "accepted_terms": has_accepted(request_input, self.version),
        }

    def input_values(self) -> dict[str, Any]:
        """Return the values; the accepted terms are those that the page showed."""
        typed = self.cleaned_data
        accepted = typed["shown"] if typed.get("accepted_terms") else ""
        return {"attests": typed["attests"], "accepted_terms": accepted}


def _label(ai_model: AIModel, *, with_policy: bool) -> SafeString:
    version = version_in_force(ai_model)
    details = [ai_model.provider.name]
    if version and with_policy:
        details.append(f"“{version.policy}”")
    if version:
        details.append(_("up to %(length)s") % {"length": format_duration(version.max_duration)})
    return format_html(
        "<span>{} <code>{}</code><small>{}</small></span>",
        ai_model.name,
        ai_model.identifier,
        ", ".join(str(words) for words in details),
    )
