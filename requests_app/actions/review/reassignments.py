"""Reassign a reviewer's seat on one open step to another reviewer of the same policy."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app.actions.review import stages
from requests_app.models import Delegation, Stage
from requests_app.refusals import Invalid
from requests_app.rules import reassignment
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import check, checked_reason
from requests_app.transitions.locks import lock_stage
from requests_app.transitions.transition import record_event

MAX_REASON_LENGTH = 200


@transaction.atomic
def reassign(stage: Stage, *, seat: User, to: User, by: User, reason: str) -> Delegation:
    """Let `to` vote in this seat too, and ask them; an earlier reassignment of it ends."""
    stage, now = lock_stage(stage.pk), timezone.now()
    check("reassign", stage, by)
    panel = VotingPanel(stage, now)
    _check_people(panel, seat, to, by)
    reason = checked_reason(
        reason, needed=_("Say why, for both reviewers."), max_length=MAX_REASON_LENGTH
    )
    stage.reassignments.filter(person=seat, ended_at=None).update(ended_at=now)
    delegation = Delegation.objects.create(
        person=seat,
        delegate=to,
        starts_at=now,
        stage=stage,
        reassigned_by=by,
        takes_open=True,
        reason=reason,
    )
    details = {"step": stage.step.name, "delegation": delegation.pk, "person": str(seat.pk)}
    record_event(stage, "stage.reassigned", by=by, at=now, details=details)
    stages.recheck(stage.pk, now=now)
    return delegation


def _check_people(panel: VotingPanel, seat: User, to: User, by: User) -> None:
    wrong = {}
    if seat not in panel.free:
        wrong["seat"] = _("Choose somebody who can still decide this step.")
    if to not in reassignment.candidates(panel, by=by):
        wrong["to"] = _(
            "Choose another reviewer of this policy who has no part in this step, and not yourself."
        )
    if wrong:
        raise Invalid(wrong)
