"""The form that adds to the comments on the review page."""

from typing import Self

from django import forms
from django.http import QueryDict

from lifecycle.text.form_fields import ProseField
from requests_app.admin.base import ActionForm
from requests_app.rules.permissions import MAX_REASON_LENGTH

FORM_ID = "review-form"  # of the whole page: sending a comment or a decision loses neither text


class CommentForm(ActionForm):
    """One comment, for reviewers unless it is marked for the requester.

    Its fields belong to the form of the decision, so that each is sent with the other.
    """

    FORM_ID = FORM_ID

    text = ProseField(
        label="Your comment",
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea(
            {"rows": 3, "form": FORM_ID, "data-key": "m", "data-key-name": "Write a comment"}
        ),
        help_text="Only reviewers and the policy's owners read it, unless you show it to the "
        "requester. It stays with the request and can't be changed.",
        error_messages={"required": "Write your comment first."},
    )
    shown_to_requester = forms.BooleanField(
        label="Show this to the requester and their collaborators, without my name",
        required=False,
        widget=forms.CheckboxInput({"form": FORM_ID}),
    )

    use_required_attribute = False
    field_names = {"reason": "text"}  # noqa: RUF012 - as the action calls it

    @classmethod
    def kept(cls, typed: QueryDict) -> Self:
        """Return a fresh form with what was typed beside a decision, and isn't sent by it."""
        fields = cls.base_fields.items()
        read = {name: field.widget.value_from_datadict(typed, {}, name) for name, field in fields}
        return cls(initial=read)
