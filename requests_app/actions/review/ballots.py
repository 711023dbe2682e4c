"""Cast votes: lock what they depend on, check who may, and record each with its event."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.people.models import User
from requests_app.models import Stage, Vote
from requests_app.refusals import NotAllowed, WrongState
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import check
from requests_app.transitions.locks import lock_seats, lock_stage
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.register_locks import lock_requested_models
from requests_app.transitions.transition import record_event

REASON_REQUIRED = gettext_lazy("Give a reason. It is kept with the decision.")


@dataclass(frozen=True)
class Ballot:
    """A reviewer's vote in writing: the reason, and the digest of what they were shown."""

    by: User
    reason: str
    shown: str


def enter(stage: Stage, by: User, *, grants: bool = False) -> tuple[VotingPanel, User]:
    """Lock everything and return the panel and the seat in which `by` votes."""
    by = lock_person(by)
    if grants:
        lock_requested_models(stage.revision)
    stage = lock_stage(stage.pk)
    lock_seats(stage, by)
    # The clock is read after the locks: waiting for them may have passed the deadline.
    panel = VotingPanel(stage, timezone.now())
    check("vote", panel, by)
    seat = panel.seat_of(by)
    # They left the group in the moment since the check above.
    if seat is None:
        raise NotAllowed(
            _("Only members of %(reviewers)s can decide this step.")
            % {"reviewers": stage.step.reviewers}
        )
    assert stage.due_at  # open stages have one (constraint)
    # Not left to the sweep, which may run late: a deadline holds exactly.
    if panel.now >= stage.due_at:
        raise WrongState(_("The deadline for this step has passed, so it can't be decided."))
    return panel, seat


def record(panel: VotingPanel, seat: User, choice: Vote.Choice, ballot: Ballot) -> None:
    """Store a vote, count it in the panel, and record its event."""
    stage = panel.stage
    vote = Vote.objects.create(
        stage=stage,
        voter=ballot.by,
        seat=seat,
        choice=choice,
        reason=ballot.reason,
        shown=ballot.shown,
        cast_at=panel.now,
    )
    panel.add(vote)
    details = {"reason": ballot.reason, "shown": ballot.shown, "step": stage.step.name}
    if seat != ballot.by:
        details["in_place_of"] = str(seat.pk)
    record_event(stage, f"vote.{choice}", by=ballot.by, at=panel.now, details=details)
