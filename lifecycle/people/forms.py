"""Sign-up and profile forms; `profiles` saves their data."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from lifecycle.people import languages, profiles, time_zones
from lifecycle.people.models import Institution, User
from lifecycle.people.orcid import OrcidField
from lifecycle.text.form_fields import LineField


def _full_name() -> LineField:
    return LineField(
        label=_("Full name"),
        max_length=150,
        error_messages={"required": _("Enter your name.")},
    )


class ProfileForm(forms.Form):
    """A person's profile, which reviewers see beside each request."""

    full_name = _full_name()
    institution = LineField(
        label=_("Institution"),
        max_length=200,
        required=False,
        help_text=_("The university, lab or company you work for. Leave blank if you have none."),
    )
    orcid = OrcidField(
        required=False,
        help_text=_("Optional. Four groups of four characters, like 0000-0002-1825-0097."),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        choices=lambda: [("", _("Not set")), *countries],
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [
            ("", _("Use my browser's setting")),
            ("UTC", "UTC"),
            *time_zones.choices(),
        ],
        help_text=_("Used for times on pages. Emails show it next to UTC."),
    )

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=languages.choices,
        help_text=_("Used for pages and emails."),
    )

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        if person:
            kwargs["initial"] = {
                "full_name": person.full_name,
                "institution": person.institution or "",
                "orcid": person.orcid,
                "country": person.country,
                "time_zone": person.time_zone,
                "language": person.language,
            }
        super().__init__(*args, **kwargs)
        self.person = person
        if person and person.orcid_verified_at:
            self.fields["orcid"].disabled = True
            self.fields["orcid"].help_text = _("Verified: this iD is yours.")

    def clean_orcid(self) -> str:
        given = str(self.cleaned_data["orcid"])
        others = User.objects.filter(orcid=given)
        if self.person:
            others = others.exclude(pk=self.person.pk)
        if given and others.exists():
            raise forms.ValidationError(_("Another account already uses this ORCID iD."))
        return given

    @property
    def known_institutions(self) -> list[str]:
        """Suggested institutions: only those on the staff's list, not what others typed."""
        curated = Institution.objects.filter(is_curated=True)
        return list(curated.values_list("name", flat=True)[:500])


class SignupForm(forms.Form):
    """The fields that we add to allauth's sign-up form."""

    full_name = _full_name()
    institution = LineField(
        label=_("Institution"),
        max_length=200,
        required=False,
        help_text=_("Optional."),
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        profiles.update_profile(
            user,
            full_name=self.cleaned_data["full_name"],
            institution=self.cleaned_data["institution"],
            orcid=user.orcid,
            country="",
            language=translation.get_language(),
        )
