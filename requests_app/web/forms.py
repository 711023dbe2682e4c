"""Forms look at the shape of what was typed; whether it can be accepted is the action's to say."""

import re
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
from requests_app.models import OPERATIONS, Track
from requests_app.rules import Invalid
from requests_app.web.askable import version_in_force

USUAL_LENGTH = timedelta(days=90)
LONGEST_LIST = 10_000
OPERATION_LABELS = {
    "messages": "Messages: a conversation, turn by turn",
    "completions": "Completions: one text that the model continues",
}
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


class Ticks(forms.MultipleChoiceField):
    """Any of some boxes. What isn't one of them passes here, so that the action can say so."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        return True


class Refusable(forms.Form):
    """A form whose action may say what can't be accepted."""

    def refuse(self, refusal: Invalid) -> None:
        """Put the action's sentences beside their fields."""
        for name, sentence in refusal.errors.items():
            self.add_error(name if name in self.fields else None, sentence)


class AskForm(Refusable):
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
    operations = Ticks(
        required=False,
        label="Kinds of calls",
        help_text="What your key may be used for. Tick only what you need.",
        choices=[(name, OPERATION_LABELS[name]) for name in OPERATIONS],
        initial=OPERATIONS,
    )
    track = forms.CharField(
        label="You ask as",
        help_text="The organisation behind this work. Some policies have a step for only one kind.",
        widget=forms.RadioSelect(choices=Track.choices),
        initial=Track.ACADEMIC,
        error_messages={"required": "Choose what kind of organisation asks."},
    )
    collaborators = forms.CharField(
        required=False,
        max_length=LONGEST_LIST,
        label="Who works on it with you?",
        help_text="E-mail addresses, one on each line; leave it empty if you work alone. Each "
        "person needs an account here. They can read this request once you send it, and can't "
        "be among those who decide it.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
    )
    expected_cost = forms.IntegerField(
        label="Expected cost",
        help_text="What the calls will cost altogether, in whole US dollars; a guess will do.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": "10"}),
        initial=0,
        error_messages={
            "required": "Say what the calls will cost; 0 if next to nothing.",
            "invalid": "Write whole US dollars in digits, like 250.",
        },
    )
    starts_on = DayField(
        label="Starts on",
        missing="Choose the day on which it starts.",
        help_text="Access begins on this day, or at the approval if that comes later.",
    )
    ends_on = DayField(
        label="Ends on",
        missing="Choose the day on which it ends.",
        help_text="You get as many days as lie between the two, counted from when it begins.",
    )

    use_required_attribute = False

    def __init__(self, *args: Any, ai_models: Iterable[AIModel], **kwargs: Any) -> None:
        ask: Ask | None = kwargs.pop("ask", None)
        if ask:
            kwargs["initial"] = as_typed(ask)
        super().__init__(*args, **kwargs)
        self.fields["identifiers"].widget.choices = _choices(ai_models, ask)
        if not ask:
            today = timezone.now().date()
            self.fields["starts_on"].initial = today
            self.fields["ends_on"].initial = today + USUAL_LENGTH

    def asked(self) -> Ask:
        """What was typed, once it has the right shape."""
        typed = self.cleaned_data
        lists = {
            "identifiers": tuple(typed["identifiers"].split()),
            "operations": tuple(typed["operations"]),
            "collaborators": tuple(re.split(r"[\s,;]+", typed["collaborators"])),
        }
        return Ask(**{**typed, **lists})


def as_typed(ask: Ask) -> dict[str, Any]:
    """An ask as the form would send it."""
    return {
        "identifiers": " ".join(ask.identifiers),
        "purpose": ask.purpose,
        "operations": list(ask.operations),
        "track": ask.track,
        "collaborators": "\n".join(sorted(ask.collaborators)),
        "expected_cost": str(ask.expected_cost),
        "starts_on": ask.starts_on.isoformat(),
        "ends_on": ask.ends_on.isoformat(),
    }


def _choices(ai_models: Iterable[AIModel], ask: Ask | None) -> list[tuple[str, SafeString]]:
    """A radio for each model, and one for what a stored text already names."""
    choices = {ai_model.identifier: _label(ai_model) for ai_model in ai_models}
    value = " ".join(ask.identifiers) if ask else ""
    if ask and value not in choices:
        named = AIModel.objects.filter(identifier__in=ask.identifiers)
        choices[value] = format_html("{}", ", ".join(str(ai_model) for ai_model in named))
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


class ClaimForm(Refusable):
    """What a new key may be bound to; the action says what isn't a network."""

    networks = forms.CharField(
        required=False,
        max_length=2000,
        label="Only from these networks",
        help_text="Optional. One on each line, such as <code>192.0.2.0/24</code>; calls from "
        "elsewhere are refused. Leave it empty for a key that works from anywhere.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"}),
    )

    def named(self) -> list[str]:
        return [text for text in re.split(r"[\s,;]+", self.cleaned_data["networks"]) if text]


class RotateForm(forms.Form):
    """How long the old key works on."""

    hours = forms.TypedChoiceField(
        label="The old key works for",
        coerce=int,
        choices=[(1, "one more hour"), (24, "one more day"), (168, "seven more days")],
        initial=24,
    )


class LeakForm(forms.Form):
    """A key that was found, or a line with one in it. Any text is taken."""

    key = forms.CharField(
        label="The key",
        max_length=10_000,
        help_text="It starts with <code>emk_</code>. A whole line that has the key in it is fine.",
        error_messages={"required": "Paste the key that you found."},
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )


class AppealForm(Refusable):
    """Why a denial should be looked at again; the action says what can't be accepted."""

    reason = forms.CharField(
        required=False,
        label="Why should it be looked at again?",
        help_text="Say what was overlooked or misunderstood. The people who read it haven't voted "
        "on your request.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class PersonForm(ProfileForm):
    """The profile form, with what browsers need to fill it in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {"full_name": "name", "institution": "organization", "country": "country"}
        for name, token in told.items():
            self.fields[name].widget.attrs["autocomplete"] = token
        self.fields["institution"].widget.attrs["list"] = "institutions"
