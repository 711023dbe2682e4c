"""A form for a policy as YAML, pasted or uploaded."""

from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict

from lifecycle.text.form_fields import CodeField, VerbatimField
from requests_app.admin.base import ActionForm
from requests_app.policy_files import policy_file
from requests_app.policy_files.policy_file import (
    MAX_LENGTH,
    Expectation,
    InvalidPolicyFile,
    PolicyFile,
)

TOO_LONG = f"Use at most {MAX_LENGTH:,} characters."


class FaultyLine(NamedTuple):
    """A problem of a file, with the line that has it."""

    number: int
    line: str
    place: str
    sentence: str


class PolicyFileForm(ActionForm):
    """YAML in a text area; a chosen file takes its place. `shown` is what a draft said before."""

    text = VerbatimField(
        required=False,
        label="Policy as YAML",
        max_length=MAX_LENGTH,
        widget=forms.Textarea({"rows": 24, "spellcheck": "false", "wrap": "off", "class": "code"}),
    )
    upload = forms.FileField(
        required=False, label="Or choose a file", help_text="It takes the place of the text."
    )
    shown = CodeField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, request: HttpRequest, expected: Expectation, initial: dict[str, Any] | None = None
    ) -> None:
        is_sent = request.method == "POST"
        data, files = (request.POST, request.FILES) if is_sent else (None, None)
        super().__init__(data, files, initial=initial)
        self.expected = expected
        self.file: PolicyFile | None = None
        self.faults: list[FaultyLine] = []

    def clean_upload(self) -> None:
        """Put the file into the text area, where its faults can be corrected."""
        upload: UploadedFile[bytes] | None = self.cleaned_data["upload"]
        if upload is None:
            return
        try:
            text = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            sentence = f"The file isn't UTF-8 (byte {error.start}). Save it as UTF-8."
            raise ValidationError(sentence) from None
        if len(text) > MAX_LENGTH:
            raise ValidationError(TOO_LONG)
        assert isinstance(self.data, QueryDict)
        self.data = self.data.copy()
        self.data["text"] = self.cleaned_data["text"] = text.replace("\r\n", "\n")
        self.errors.pop("text", None)

    def clean(self) -> None:
        if self.errors:
            return
        text = self.cleaned_data["text"]
        try:
            self.file = policy_file.read(text, "file", self.expected)
        except InvalidPolicyFile as bad:
            lines = text.split("\n")
            self.faults = [
                FaultyLine(number, lines[number - 1] if number <= len(lines) else "", *rest)
                for number, *rest in bad.findings
            ]
            raise ValidationError("Nothing was saved. Correct these lines and try again.") from None

    def is_of_another(self, text_digest: str) -> bool:
        """Return whether the form was drawn when the draft said something else."""
        return self.is_bound and self["shown"].value() != text_digest

    @property
    def policy_file(self) -> PolicyFile:
        assert self.file  # of a valid form
        return self.file
