"""Small forms beside a button: reasons, keys, appeals."""

import re

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.text.form_fields import CodeField, ProseField
from requests_app.key_format import PATTERN
from requests_app.refusals import Invalid
from requests_app.web.fields import RefusableForm


class ReasonForm(forms.Form):
    """A few words beside a button."""

    reason = ProseField(
        required=False,
        max_length=1000,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Optional. It is kept with the request."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def given(self) -> str:
        """Raises Invalid; the page's own text area lets nothing longer through."""
        if not self.is_valid():
            raise Invalid(
                {
                    "reason": _("The reason can't be stored: use at most %(most)s characters.")
                    % {"most": number_format(1_000, force_grouping=True)}
                }
            )
        return str(self.cleaned_data["reason"])


class ClaimForm(RefusableForm):
    """What a new key may be bound to; the action says what isn't a network."""

    networks = CodeField(
        required=False,
        max_length=2000,
        label=gettext_lazy("Only from these networks"),
        help_text=gettext_lazy(
            "Optional. One on each line, such as <code>192.0.2.0/24</code>; calls from "
            "elsewhere are refused. Leave it empty for a key that works from anywhere."
        ),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"}),
    )

    def named(self) -> list[str]:
        return [text for text in re.split(r"[\s,;]+", self.cleaned_data["networks"]) if text]


class RotateForm(forms.Form):
    """How long the old key works on."""

    hours = forms.TypedChoiceField(
        label=gettext_lazy("The old key works for"),
        coerce=int,
        choices=[
            (1, gettext_lazy("one more hour")),
            (24, gettext_lazy("one more day")),
            (168, gettext_lazy("seven more days")),
        ],
        initial=24,
    )


class LeakForm(forms.Form):
    """A key that was found, or a line with one in it; whether it is known shows nowhere."""

    key = CodeField(
        label=gettext_lazy("The key"),
        max_length=10_000,
        help_text=gettext_lazy(
            "It starts with <code>emk_</code>. A whole line that has the key in it is fine."
        ),
        error_messages={"required": gettext_lazy("Paste the key that you found.")},
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )

    def clean_key(self) -> str:
        secret = str(self.cleaned_data["key"])
        if not PATTERN.search(secret):
            raise forms.ValidationError(
                gettext_lazy(
                    "There is no whole key in this. A key is emk_, emt_ or ems_ and 36 letters and "
                    "digits after it."
                )
            )
        return secret


class AppealForm(RefusableForm):
    """Why a denial should be looked at again; the action says what can't be accepted."""

    reason = ProseField(
        required=False,
        label=gettext_lazy("Why should it be looked at again?"),
        help_text=gettext_lazy(
            "Say what was overlooked or misunderstood. The people who read it haven't voted "
            "on your request."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
