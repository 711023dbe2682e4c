"""The profile form of the account page."""

from typing import Any

from lifecycle.people.forms import ProfileForm


class PersonForm(ProfileForm):
    """The profile form with autocomplete hints for browsers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {"full_name": "name", "institution": "organization", "country": "country"}
        for name, token in told.items():
            self.fields[name].widget.attrs["autocomplete"] = token
        self.fields["institution"].widget.attrs["list"] = "institutions"
