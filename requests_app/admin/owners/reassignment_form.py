"""The form by which a policy's owner reassigns a seat on an open step."""

from datetime import datetime

from django import forms
from django.http import QueryDict

from lifecycle.people.models import User
from lifecycle.text.form_fields import LineField
from requests_app.actions.review import reassignments
from requests_app.admin.base import ActionForm
from requests_app.models import Delegation, Stage
from requests_app.rules import reassignment
from requests_app.rules.eligibility import VotingPanel


class ReassignmentForm(ActionForm):
    """Whose seat, to whom, and why; offers those who can still decide and those who may."""

    seat = forms.ModelChoiceField(
        User.objects.none(), label="In place of", empty_label="Choose a reviewer"
    )
    to = forms.ModelChoiceField(
        User.objects.none(),
        label="Who decides",
        empty_label="Choose a reviewer",
        help_text="Reviewers of this policy who have no part in this step, and no conflict.",
    )
    reason = LineField(
        label="Why",
        max_length=reassignments.MAX_REASON_LENGTH,
        help_text="Both reviewers read it.",
    )

    use_required_attribute = False

    def __init__(
        self, data: QueryDict | None = None, *, stage: Stage, who: User, now: datetime
    ) -> None:
        super().__init__(data)
        self.stage, panel = stage, VotingPanel(stage, now)
        offered = {"seat": panel.free, "to": reassignment.candidates(panel, by=who)}
        for name, people in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = User.objects.filter(pk__in=[person.pk for person in people])

    def reassign(self, *, by: User) -> Delegation:
        return reassignments.reassign(self.stage, by=by, **self.cleaned_data)
