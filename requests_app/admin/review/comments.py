"""The thread of comments on the review page, and the form that adds to it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Self

from django import forms
from django.http import QueryDict

from lifecycle.people.models import User
from lifecycle.text.form_fields import ProseField
from requests_app.admin.base import ActionForm
from requests_app.models import Event
from requests_app.rules.desk.comment_events import KINDS, SHARED
from requests_app.rules.desk.vote_visibility import VoteVisibility
from requests_app.rules.permissions import MAX_REASON_LENGTH

MAX_UNFOLDED = 20


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


class CommentLine(NamedTuple):
    """One comment of the thread; `step` is empty if none was open."""

    at: datetime
    by: User | None
    text: str
    step: str
    is_shared: bool


def thread(events: Iterable[Event], vote_visibility: VoteVisibility) -> Iterator[CommentLine]:
    """Yield the comments that this reader may see, in order."""
    for event in events:
        if event.kind in KINDS and not vote_visibility.hides_event(event):
            text, step = event.details["text"], event.details.get("step", "")
            yield CommentLine(event.at, event.actor, text, step, event.kind == SHARED)
