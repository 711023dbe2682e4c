"""The pages of an ask, one form each; a form gives what it says of the ask, and no more."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from lifecycle.catalogue.models import AIModel
from lifecycle.text.durations import format_duration
from lifecycle.text.form_fields import CodeField, LineField
from lifecycle.text.numbers import WholeField
from requests_app.models import OPERATIONS, PolicyVersion, Track
from requests_app.models.requests.attestation import ATTESTATION_TEXTS, CURRENT_ATTESTATION
from requests_app.validation.completeness import has_accepted
from requests_app.validation.request_input import RequestInput, name_of
from requests_app.web.catalogue.availability import version_in_force
from requests_app.web.fields import CheckboxesField, IsoDateField, RefusableForm, WordLimitedField

OPERATION_LABELS = {
    "messages": _("Messages: a conversation, turn by turn"),
    "completions": _("Completions: one text that the model continues"),
}
LINK_ATTRS = {"inputmode": "url", "spellcheck": "false", "autocapitalize": "off"}


class DraftStepForm(RefusableForm):
    """One page of an ask. Its fields are named as the ask's."""

    def __init__(
        self, typed: Mapping[str, Any] | None = None, *, request_input: RequestInput
    ) -> None:
        super().__init__(typed, initial=self.initial_values(request_input))

    def initial_values(self, request_input: RequestInput) -> dict[str, Any]:
        """What the page shows before anything is typed."""
        return {
            name: getattr(request_input, name)
            for name in self.base_fields
            if hasattr(request_input, name)
        }

    def input_values(self) -> dict[str, Any]:
        """What was typed, once it has the right shape."""
        return dict(self.cleaned_data)


class ModelsForm(RefusableForm):
    """Which models. An unknown one passes here, so that the action can say so."""

    identifiers = CheckboxesField(
        label=_("Which models do you need?"),
        help_text=_("Tick all that you need, and none that you don't: each one is decided on."),
        error_messages={"required": _("Choose the model that you need.")},
    )

    def __init__(
        self,
        typed: Mapping[str, Any] | None = None,
        *,
        ai_models: Iterable[AIModel],
        chosen: Iterable[str] = (),
    ) -> None:
        super().__init__(typed, initial={"identifiers": list(chosen)})
        offered = list(ai_models)
        self.policies = {
            str(version.policy) for row in offered if (version := version_in_force(row))
        }
        several = len(self.policies) > 1
        choices = {row.identifier: _label(row, with_policy=several) for row in offered}
        gone = AIModel.objects.filter(identifier__in=set(chosen) - set(choices))
        choices |= {row.identifier: _label(row, with_policy=several) for row in gone}
        self.fields["identifiers"].choices = list(choices.items())  # type: ignore[attr-defined]  # a choice field

    def input_values(self) -> dict[str, Any]:
        return {"identifiers": tuple(self.cleaned_data["identifiers"])}


class AboutForm(DraftStepForm):
    """Who asks."""

    track = CodeField(
        label=_("You ask as"),
        help_text=_("Some policies have a step for only one kind."),
        widget=forms.RadioSelect(choices=Track.choices),
        error_messages={"required": _("Choose what kind of organisation asks.")},
    )
    organisation = LineField(
        required=False,
        label=_("Organisation"),
        help_text=_(
            "The university, lab or company behind this work. Leave it empty if you ask as "
            "independent."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    organisation_id = CodeField(
        required=False,
        label=_("Id of the organisation"),
        help_text=_(
            "Optional. A ROR id, like <code>https://ror.org/02mhbdp94</code>, or the id of another "
            "register."
        ),
        widget=forms.TextInput(attrs=LINK_ATTRS),
    )
    country = forms.ChoiceField(
        required=False,
        label=_("Country"),
        help_text=_("Where the work is done."),
        choices=lambda: [("", _("Not set")), *countries],
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    team = WordLimitedField(
        label=_("Who works on it?"),
        help_text=_(
            "Each person's part, and what they have done before. If you work alone, say so."
        ),
        rows=6,
    )
    scholar = CodeField(
        required=False,
        label=_("Google Scholar or Semantic Scholar"),
        help_text=_("Optional. The address of a profile; it begins with <code>https://</code>."),
        widget=forms.TextInput(attrs=LINK_ATTRS),
    )
    orcid = CodeField(
        required=False,
        label=_("ORCID iD"),
        help_text=_("Optional. Like <code>0000-0002-1825-0097</code>, or its address."),
        widget=forms.TextInput(attrs=LINK_ATTRS),
    )
    github = CodeField(
        required=False,
        label=_("GitHub"),
        help_text=_("Optional. Like <code>https://github.com/octocat</code>."),
        widget=forms.TextInput(attrs=LINK_ATTRS),
    )


class UseForm(DraftStepForm):
    """How much, what kind of calls, and when."""

    operations = CheckboxesField(
        required=False,
        label=_("Kinds of calls"),
        help_text=_("What your key may be used for. Tick only what you need."),
        choices=[(name, OPERATION_LABELS[name]) for name in OPERATIONS],
    )
    expected_use = WordLimitedField(
        label=_("What use do you expect?"),
        help_text=_("About how many calls, of what length, over what time."),
        rows=4,
    )
    expected_cost = WholeField(
        label=_("Expected cost"),
        help_text=_("What the calls will cost altogether, in whole US dollars; a guess will do."),
        error_messages={
            "required": _("Say what the calls will cost; 0 if next to nothing."),
            "invalid": _("Write whole US dollars in digits, like 250."),
        },
    )
    starts_on = IsoDateField(
        label=_("Starts on"),
        missing=_("Choose the day on which it starts."),
        help_text=_(
            "Access begins at the start of this day (midnight UTC), or at the approval if that "
            "comes later."
        ),
    )
    ends_on = IsoDateField(
        label=_("Ends on"),
        missing=_("Choose the day on which it ends."),
        help_text=_("You get as many days as lie between the two, counted from when it begins."),
    )

    def input_values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "operations": tuple(self.cleaned_data["operations"])}


class PurposeForm(DraftStepForm):
    """What for."""

    purpose = WordLimitedField(
        label=_("What do you need it for?"),
        help_text=_(
            "Say what you want to find out, and why it takes this model and no newer one. "
            "Reviewers decide by this text."
        ),
        rows=10,
    )


class SafetyForm(DraftStepForm):
    """What is sent to the models, and what could go wrong."""

    inputs = WordLimitedField(
        label=_("What will you send to the model?"),
        help_text=_(
            "Where the texts come from. Say if any of it is about people or confidential, and how "
            "you keep it."
        ),
        rows=6,
    )
    safety = WordLimitedField(
        label=_("What could go wrong, and what do you do about it?"),
        help_text=_("Think of harmful answers, and of who sees them."),
        rows=6,
    )


class TermsForm(DraftStepForm):
    """The policy's terms, and what the requester attests. Left open, a draft stays a draft."""

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
        """The terms that were accepted are those that the page showed."""
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
