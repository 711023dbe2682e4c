"""Forms look at the shape of what was typed; whether it can be accepted is the action's to say."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lifecycle.catalogue.models import AIModel
from lifecycle.people.forms import ProfileForm
from requests_app.actions.asks import Ask
from requests_app.models import Revision
from requests_app.rules import Invalid
from requests_app.web.askable import version_in_force

USUAL_LENGTH = timedelta(days=90)
NOT_A_DAY = "Write the day as year, month, day, like 2026-11-22."


class DayField(forms.DateField):
    """A day, in the browser's own date picker where it has one."""

    def __init__(self, *, missing: str, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d"],
            error_messages={"required": missing, "invalid": NOT_A_DAY},
            **kwargs,
        )


class AskForm(forms.Form):
    """What is asked for. An unknown model passes here, so that the action can say so."""

    identifiers = forms.CharField(
        label="Model",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the model that you need."},
    )
    purpose = forms.CharField(
        required=False,
        label="What do you need it for?",
        help_text="Say what you want to find out, and why it takes this model and no newer one. "
        "Reviewers decide by this text. A draft may leave it empty.",
        widget=forms.Textarea(attrs={"rows": 9}),
    )
    starts_on = DayField(
        label="Starts on",
        missing="Choose the day on which it starts.",
        help_text="Access begins on this day, or at the approval if that comes later.",
    )
    ends_on = DayField(
        label="Ends on",
        missing="Choose the day on which it ends.",
        help_text="The first day without access; it ends at midnight UTC.",
    )

    use_required_attribute = False

    def __init__(self, *args: Any, ai_models: Iterable[AIModel], **kwargs: Any) -> None:
        revision: Revision | None = kwargs.pop("revision", None)
        if revision:
            kwargs["initial"] = as_typed(revision)
        super().__init__(*args, **kwargs)
        self.fields["identifiers"].widget.choices = _choices(ai_models, revision)
        if not revision:
            today = timezone.now().date()
            self.fields["starts_on"].initial = today
            self.fields["ends_on"].initial = today + USUAL_LENGTH

    def asked(self) -> Ask:
        """What was typed, once it has the right shape."""
        identifiers = tuple(self.cleaned_data["identifiers"].split())
        return Ask(**{**self.cleaned_data, "identifiers": identifiers})

    def refuse(self, refusal: Invalid) -> None:
        """Put the action's sentences beside their fields."""
        for name, sentence in refusal.errors.items():
            self.add_error(name if name in self.fields else None, sentence)


def as_typed(revision: Revision) -> dict[str, str]:
    """A stored text as the form would send it."""
    return {
        "identifiers": " ".join(m.identifier for m in revision.ai_models.all()),
        "purpose": revision.purpose,
        "starts_on": revision.starts_on.isoformat(),
        "ends_on": revision.ends_on.isoformat(),
    }


def _choices(
    ai_models: Iterable[AIModel], revision: Revision | None
) -> list[tuple[str, SafeString]]:
    """A radio for each model, and one for what an edited request already names."""
    choices = {ai_model.identifier: _label(ai_model) for ai_model in ai_models}
    if revision:
        named = list(revision.ai_models.all())
        value = " ".join(ai_model.identifier for ai_model in named)
        choices.setdefault(value, format_html("{}", ", ".join(str(m) for m in named)))
    return list(choices.items())


def _label(ai_model: AIModel) -> SafeString:
    version = version_in_force(ai_model)
    limit = f", up to {version.longest.days} days" if version else ""
    return format_html(
        "<span>{} <code>{}</code><small>{}{}</small></span>",
        ai_model.name,
        ai_model.identifier,
        ai_model.provider.name,
        limit,
    )


class ReasonForm(forms.Form):
    """A few words beside a button."""

    reason = forms.CharField(
        required=False,
        max_length=1000,
        label="Reason",
        help_text="Optional. It is kept with the request.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def given(self) -> str:
        """Raises Invalid; the page's own text area lets nothing longer through."""
        if not self.is_valid():
            raise Invalid({"reason": "The reason can't be stored: use at most 1,000 characters."})
        return str(self.cleaned_data["reason"])


class PersonForm(ProfileForm):
    """The profile form, with what browsers need to fill it in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {"full_name": "name", "institution": "organization", "country": "country"}
        for name, token in told.items():
            self.fields[name].widget.attrs["autocomplete"] = token
        self.fields["institution"].widget.attrs["list"] = "institutions"
