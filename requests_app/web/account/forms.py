"""What a person says of themselves."""

from typing import Any

from lifecycle.people.forms import ProfileForm


class PersonForm(ProfileForm):
    """The profile form, with what browsers need to fill it in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {"full_name": "name", "institution": "organization", "country": "country"}
        for name, token in told.items():
            self.fields[name].widget.attrs["autocomplete"] = token
        self.fields["institution"].widget.attrs["list"] = "institutions"
