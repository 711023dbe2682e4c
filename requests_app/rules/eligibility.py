"""Who may vote on a stage, and whether those who are left can decide it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.people.models import User
from requests_app.models import Delegation, Stage, Vote
from requests_app.rules.conflicts import Conflict, ConflictKind, RequestConflicts
from requests_app.states import StageState

COUNTED_CHOICES = (Vote.Choice.APPROVE, Vote.Choice.DENY)
REVIEW_DESK_CLOSED = gettext_lazy(
    "You vote on the review desk, but your account can't open it. Contact the site operator."
)


def active_staff() -> QuerySet[User]:
    """Who can cast a vote at all: in good standing, and able to open the review desk."""
    return User.objects.filter(is_active=True, is_staff=True)


class VotingPanel:
    """The seats of one open stage at one moment, read in a fixed number of queries."""

    def __init__(self, stage: Stage, now: datetime) -> None:
        self.stage = stage
        self.now = now
        self.access_request = stage.access_request
        self.conflicts = RequestConflicts(stage.access_request)

    def add(self, vote: Vote) -> None:
        """Count a vote that was cast just now."""
        self.conflicts.votes.append(vote)

    @property
    def groups(self) -> list[int]:
        """The step's reviewers, and its alternates once they were called."""
        step = self.stage.step
        called = [step.alternates_id] if self.stage.escalated_at and step.alternates_id else []
        return [step.reviewers_id, *called]

    @cached_property
    def seats(self) -> list[User]:
        """The members of these groups who can cast a vote."""
        people = active_staff().filter(groups__in=self.groups).distinct()
        return list(people.order_by("pk"))

    @cached_property
    def delegates(self) -> Mapping[int, User]:
        """From whose seat to who may act in it."""
        if self.stage.opened_at is None:
            return {}
        running = Delegation.objects.running(self.stage, self.now)
        rows = running.filter(person__in=self.seats, delegate__in=active_staff())
        return {row.person_id: row.delegate for row in rows.select_related("delegate")}

    @cached_property
    def counting(self) -> set[int]:
        """The stages whose votes count for this revision: its own, and those it carried along."""
        ids = Stage.objects.filter(revision=self.stage.revision_id).values_list(
            "pk", "carried_from"
        )
        return {stage for pair in ids for stage in pair if stage}

    @property
    def here(self) -> list[Vote]:
        """The votes on this stage that count."""
        votes = (vote for vote in self.conflicts.votes if vote.stage_id == self.stage.pk)
        return [vote for vote in votes if vote.choice in COUNTED_CHOICES]

    @property
    def taken(self) -> Mapping[int, Vote]:
        """From a seat to the vote cast in it on this stage."""
        return {vote.seat_id: vote for vote in self.here}

    def conflicts_of(self, person: User) -> Iterator[Conflict]:
        """Each conflict that keeps this person from deciding this step, the gravest first."""
        yield from self.conflicts.all_of(person)
        if self.stage.step.allow_repeat_voters:
            return
        for vote in self.conflicts.votes:
            elsewhere = vote.stage_id != self.stage.pk and vote.stage_id in self.counting
            if vote.voter_id == person.pk and elsewhere and vote.choice in COUNTED_CHOICES:
                yield Conflict(ConflictKind.VOTED_IN_ANOTHER_STEP, vote)

    def _personal(self, person: User) -> str | None:
        """What keeps this person from deciding, whoever's seat it is."""
        if conflict := next(self.conflicts_of(person), None):
            return conflict.refusal
        if any(vote.voter_id == person.pk for vote in self.here):
            return _("You have already voted on this step.")
        return None

    def seat_of(self, person: User) -> User | None:
        """The free seat in which `person` may vote: their own, or one delegated to them."""
        if self._personal(person):
            return None
        own = [seat for seat in self.seats if seat.pk == person.pk]
        return next(
            (seat for seat in (*own, *self.delegated_seats(person)) if self._is_free(seat)), None
        )

    def delegated_seats(self, person: User) -> list[User]:
        """The seats in which they may act for others."""
        return [seat for seat in self.seats if self.delegates.get(seat.pk) == person]

    def _is_free(self, seat: User) -> bool:
        return seat.pk not in self.taken and self._personal(seat) is None

    def obstacle(self, person: User) -> str | None:
        """The sentence that keeps `person` from voting; None when they may."""
        if person.pk == self.access_request.requester_id:
            return self._personal(person)
        seated = person.pk in {seat.pk for seat in self.seats}
        if not seated and person.pk not in {delegate.pk for delegate in self.delegates.values()}:
            return self._outside(person)
        if sentence := self._personal(person):
            return sentence
        return self._why_no_seat(person) if self.seat_of(person) is None else None

    def _why_no_seat(self, person: User) -> str:
        """Why somebody whom nothing bars has no seat: it is taken, or its owner may not decide."""
        if person.pk in self.taken:
            return _("%(person)s has voted on your behalf.") % {
                "person": self._already_voted_sentence(person)
            }
        lent = self.delegated_seats(person)
        taken = next((seat for seat in lent if seat.pk in self.taken), None)
        if taken:
            return _(
                "%(person)s's vote has already been cast, so you can't vote on their behalf."
            ) % {"person": taken}
        return _("%(person)s can't vote on this, so you can't on their behalf.") % {
            "person": lent[0]
        }

    def _outside(self, person: User) -> str:
        if not person.is_staff and person.groups.filter(pk__in=self.groups).exists():
            return str(REVIEW_DESK_CLOSED)
        return _("Only members of %(reviewers)s can decide this step.") % {
            "reviewers": self.stage.step.reviewers
        }

    def _already_voted_sentence(self, person: User) -> str:
        """Nobody's name while the votes of a blind step are hidden."""
        vote = self.taken.get(person.pk)
        hidden = self.stage.step.blind and self.stage.state == StageState.OPEN
        return str(vote.voter) if vote and not hidden else _("Someone")

    @property
    def free(self) -> list[User]:
        """The seats that can still vote."""
        return [seat for seat in self.seats if self._is_free(seat)]

    @property
    def asked(self) -> list[User]:
        """Who is to be told: everyone who may vote now, delegates too."""
        people = {person.pk: person for person in (*self.seats, *self.delegates.values())}
        return [person for person in people.values() if self.obstacle(person) is None]

    @property
    def approvals(self) -> int:
        """The approvals that count; a conflict of interest since takes one away."""
        return self._sound_approvals(self.here)

    def _sound_approvals(self, votes: Iterable[Vote]) -> int:
        """Those whose voter, and whoever lent the place, have no conflict now."""
        return sum(
            vote.choice == Vote.Choice.APPROVE
            and self.conflicts.of(vote.voter) is None
            and self.conflicts.of(vote.seat) is None
            for vote in votes
        )

    @cached_property
    def why_not_approve(self) -> str | None:
        """What keeps everybody from approving: an earlier step has lost an approval it needs."""
        passed = Stage.objects.filter(revision=self.stage.revision_id, state=StageState.PASSED)
        for stage in passed.select_related("step"):
            origin = stage.carried_from_id or stage.pk
            votes = [vote for vote in self.conflicts.votes if vote.stage_id == origin]
            if self._sound_approvals(votes) < stage.step.quorum:
                return _(
                    "A reviewer who approved “%(step)s” now has a conflict of interest. Request "
                    "changes so that it is decided again."
                ) % {"step": stage.step}
        return None

    @property
    def denials(self) -> int:
        return sum(vote.choice == Vote.Choice.DENY for vote in self.here)

    @property
    def is_deadlocked(self) -> bool:
        """Those who can still vote no longer reach the quorum."""
        return self.approvals + len(self.free) < self.stage.step.quorum


def is_still_passed(stage: Stage, *, now: datetime) -> bool:
    """Whether those who passed it, and those in whose place they voted, could do so today."""
    bench = VotingPanel(stage, now)
    approvals = [vote for vote in bench.here if vote.choice == Vote.Choice.APPROVE]
    people = {person.pk: person for vote in approvals for person in (vote.voter, vote.seat)}
    if active_staff().filter(pk__in=people).count() < len(people):
        return False
    return all(bench.conflicts.of(person) is None for person in people.values())
