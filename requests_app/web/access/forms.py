"""Small forms beside a button: reasons, keys, appeals."""

import re

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.text.form_fields import CodeField, LineField, ProseField
from requests_app.key_format import PATTERN, is_well_formed
from requests_app.refusals import Invalid
from requests_app.web.fields import RefusableForm


class ReasonForm(forms.Form):
    """A reason beside a button."""

    reason = ProseField(
        required=False,
        max_length=1000,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Optional. Kept with the request."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def given(self) -> str:
        """Return the reason. Raises Invalid; the page's text area allows nothing longer."""
        if not self.is_valid():
            raise Invalid(
                {
                    "reason": _("Keep the reason to %(most)s characters.")
                    % {"most": number_format(1_000, force_grouping=True)}
                }
            )
        return str(self.cleaned_data["reason"])


class LabelForm(RefusableForm):
    """What a key is called; the action validates it."""

    label = LineField(
        required=False,
        label=gettext_lazy("Name of the key"),
        help_text=gettext_lazy(
            "Optional. To tell your keys apart, like “Laptop”. People who manage this access see "
            "it, too."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ClaimForm(LabelForm):
    """The name of a new key and the networks it is limited to, which the action validates."""

    networks = CodeField(
        required=False,
        max_length=2000,
        label=gettext_lazy("Only from these networks"),
        help_text=gettext_lazy(
            "Optional. One per line, such as <code>192.0.2.0/24</code>. Calls from other "
            "networks are refused. Leave blank to allow calls from anywhere."
        ),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"}),
    )

    def named(self) -> list[str]:
        return [text for text in re.split(r"[\s,;]+", self.cleaned_data["networks"]) if text]


class RotateForm(forms.Form):
    """How long the old key stays valid."""

    hours = forms.TypedChoiceField(
        label=gettext_lazy("The old key stays valid for"),
        coerce=int,
        choices=[
            (1, gettext_lazy("one more hour")),
            (24, gettext_lazy("one more day")),
            (168, gettext_lazy("7 more days")),
        ],
        initial=24,
    )


class KeyField(CodeField):
    """A key, or text that contains one; browsers neither show nor remember what is pasted."""

    widget = forms.PasswordInput(
        attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
    )


class LeakForm(forms.Form):
    """A leaked key, or text that contains one; the answer never says whether it is known."""

    key = KeyField(
        label=gettext_lazy("The key"),
        max_length=10_000,
        help_text=gettext_lazy(
            "It starts with <code>emk_</code>. You can paste the whole line that contains it."
        ),
        error_messages={"required": gettext_lazy("Paste the key you found.")},
    )

    def clean_key(self) -> str:
        secret = str(self.cleaned_data["key"])
        if not PATTERN.search(secret):
            raise forms.ValidationError(
                gettext_lazy(
                    "We couldn't find a complete key. A key is emk_, emt_ or ems_ followed by "
                    "36 letters and digits."
                )
            )
        return secret


class TrialForm(forms.Form):
    """A key for one call; it is never shown again, not even beside an error."""

    key = KeyField(
        label=gettext_lazy("Your key"),
        max_length=200,
        error_messages={"required": gettext_lazy("Paste your key.")},
    )

    def clean_key(self) -> str:
        secret = str(self.cleaned_data["key"])
        if not (secret.startswith("emk_") and is_well_formed(secret)):
            raise forms.ValidationError(
                _(
                    "This isn't a valid key. Copy the whole key: emk_ followed by 36 letters "
                    "and digits."
                )
            )
        return secret


class AppealForm(RefusableForm):
    """Why a denial should be reviewed again; the action validates it."""

    reason = ProseField(
        required=False,
        label=gettext_lazy("Why should we review it again?"),
        help_text=gettext_lazy(
            "Explain what was overlooked or misunderstood. Your appeal goes to reviewers who "
            "haven't voted on your request."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
