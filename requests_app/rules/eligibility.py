"""Who may vote on a stage, and whether the remaining voters can still decide it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.people.models import User
from requests_app.models import Delegation, Stage, Vote
from requests_app.rules.conflicts import Conflict, ConflictKind, Conflicts, conflicts_on
from requests_app.states import StageState

COUNTED_CHOICES = (Vote.Choice.APPROVE, Vote.Choice.DENY)
REVIEW_DESK_CLOSED = gettext_lazy(
    "You vote on the review desk, but your account can't open it. Contact the site operator."
)


def active_staff() -> QuerySet[User]:
    """Return people who can vote at all: in good standing and allowed on the review desk."""
    return User.objects.filter(is_active=True, is_staff=True)


class VotingPanel:
    """Seats, voters and votes of one open stage at one moment, in a fixed number of queries."""

    def __init__(self, stage: Stage, now: datetime, conflicts: Conflicts | None = None) -> None:
        self.stage = stage
        self.now = now
        self.conflicts = conflicts or conflicts_on(stage)

    def add(self, vote: Vote) -> None:
        """Count a vote that has just been cast."""
        # Without reading again: the panel must count it before the action goes on.
        self.conflicts.votes.append(vote)

    @property
    def groups(self) -> list[int]:
        """Ids of the reviewers' group, and of the alternates' once they are called."""
        step = self.stage.step
        called = [step.alternates_id] if self.stage.escalated_at and step.alternates_id else []
        return [step.reviewers_id, *called]

    @cached_property
    def seats(self) -> list[User]:
        """Members of these groups who can vote at all."""
        people = active_staff().filter(groups__in=self.groups).distinct()
        return list(people.order_by("pk"))

    @cached_property
    def delegations(self) -> list[Delegation]:
        """Those by which others may vote in these seats."""
        if self.stage.opened_at is None:
            return []
        running = Delegation.objects.running(self.stage, self.now)
        rows = running.filter(person__in=self.seats, delegate__in=active_staff())
        return list(rows.select_related("delegate"))

    @cached_property
    def delegates(self) -> Mapping[int, User]:
        """Map the id of a seat's owner to the person who may vote in it."""
        return {row.person_id: row.delegate for row in self.delegations}

    def is_covered(self, person: User) -> bool:
        """Return whether a person is away and whoever acts for them may vote now."""
        stand_ins = (row for row in self.delegations if row.away and row.person_id == person.pk)
        return any(self.obstacle(row.delegate) is None for row in stand_ins)

    @cached_property
    def stages(self) -> list[Stage]:
        """All stages of this revision or essay, in order."""
        rows = self.stage.with_others()
        return list(rows.select_related("step__reviewers", "step__alternates"))

    @cached_property
    def counting(self) -> set[int]:
        """Ids of the stages whose votes count for this revision, carried ones included."""
        pairs = ((stage.pk, stage.carried_from_id) for stage in self.stages)
        return {stage for pair in pairs for stage in pair if stage}

    @property
    def here(self) -> list[Vote]:
        """The counting votes on this stage."""
        votes = (vote for vote in self.conflicts.votes if vote.stage_id == self.stage.pk)
        return [vote for vote in votes if vote.choice in COUNTED_CHOICES]

    @property
    def taken(self) -> Mapping[int, Vote]:
        """Map the id of a seat's owner to the vote cast in it."""
        return {vote.seat_id: vote for vote in self.here}

    def conflicts_of(self, person: User) -> Iterator[Conflict]:
        """Yield the conflicts that bar this person from this step, in order of precedence."""
        yield from self.conflicts.all_of(person)
        if self.stage.step.allow_repeat_voters:
            return
        for vote in self.conflicts.votes:
            # Only stages that count for this revision: other votes on earlier ones bar nobody.
            elsewhere = vote.stage_id != self.stage.pk and vote.stage_id in self.counting
            if vote.voter_id == person.pk and elsewhere and vote.choice in COUNTED_CHOICES:
                yield Conflict(ConflictKind.VOTED_IN_ANOTHER_STEP, vote)

    def _personal(self, person: User) -> str | None:
        """Return what bars this person from voting in any seat, or None."""
        if conflict := next(self.conflicts_of(person), None):
            return conflict.refusal
        if any(vote.voter_id == person.pk for vote in self.here):
            return _("You have already voted on this step.")
        return None

    def lacks_seat(self, person: User) -> bool:
        """Return whether nothing bars a person but that no seat is free for them."""
        return self._personal(person) is None and self.seat_of(person) is None

    def seat_of(self, person: User) -> User | None:
        """Return the free seat in which `person` may vote, their own first; None without one."""
        if self._personal(person):
            return None
        own = [seat for seat in self.seats if seat.pk == person.pk]
        return next(
            (seat for seat in (*own, *self.delegated_seats(person)) if self._is_free(seat)), None
        )

    def delegated_seats(self, person: User) -> list[User]:
        """Return the seats delegated to this person."""
        return [seat for seat in self.seats if self.delegates.get(seat.pk) == person]

    def _is_free(self, seat: User) -> bool:
        # A barred owner bars the seat too: a delegation must not get around a conflict.
        return seat.pk not in self.taken and self._personal(seat) is None

    def obstacle(self, person: User) -> str | None:
        """Return the sentence that refuses `person` a vote; None if they may vote."""
        if person.pk == self.conflicts.submitter_id:
            return self._personal(person)
        seated = person.pk in {seat.pk for seat in self.seats}
        if not seated and person.pk not in {delegate.pk for delegate in self.delegates.values()}:
            return self._outside(person)
        if sentence := self._personal(person):
            return sentence
        return self._why_no_seat(person) if self.seat_of(person) is None else None

    def _why_no_seat(self, person: User) -> str:
        """Explain to an unbarred person why no seat is free for them."""
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
        """Return the voter's name, or "Someone" while a blind step is open."""
        vote = self.taken.get(person.pk)
        hidden = self.stage.step.blind and self.stage.state == StageState.OPEN
        return str(vote.voter) if vote and not hidden else _("Someone")

    @property
    def free(self) -> list[User]:
        """Seats that can still vote."""
        return [seat for seat in self.seats if self._is_free(seat)]

    @property
    def asked(self) -> list[User]:
        """Everyone who may vote now, delegates included."""
        people = {person.pk: person for person in (*self.seats, *self.delegates.values())}
        return [person for person in people.values() if self.obstacle(person) is None]

    @property
    def approvals(self) -> int:
        """Number of approvals whose voters have no conflict of interest by now."""
        return self._sound_approvals(self.here)

    def _sound_approvals(self, votes: Iterable[Vote]) -> int:
        """Count approvals whose voter and seat owner have no conflict of interest now."""
        return sum(
            vote.choice == Vote.Choice.APPROVE
            and self.conflicts.of(vote.voter) is None
            and self.conflicts.of(vote.seat) is None
            for vote in votes
        )

    @cached_property
    def why_not_approve(self) -> str | None:
        """The sentence that refuses approvals once an earlier step lost its quorum, or None."""
        for stage in self.stages:
            if stage.state != StageState.PASSED:
                continue
            origin = stage.carried_from_id or stage.pk
            # A carried stage has no votes of its own; they were cast on its origin.
            votes = [vote for vote in self.conflicts.votes if vote.stage_id == origin]
            if self._sound_approvals(votes) < stage.step.quorum:
                return str(self.conflicts.lost_quorum % {"step": stage.step})
        return None

    @property
    def denials(self) -> int:
        """Number of denials, whose voters may be barred by now: nobody can take back a no."""
        return sum(vote.choice == Vote.Choice.DENY for vote in self.here)

    @property
    def is_deadlocked(self) -> bool:
        """Whether the free seats can no longer complete the quorum."""
        return self.approvals + len(self.free) < self.stage.step.quorum


def is_still_passed(stage: Stage, *, now: datetime) -> bool:
    """Return whether everyone who approved the stage, and each seat's owner, could do so today."""
    panel = VotingPanel(stage, now)
    approvals = [vote for vote in panel.here if vote.choice == Vote.Choice.APPROVE]
    people = {person.pk: person for vote in approvals for person in (vote.voter, vote.seat)}
    # Losing the desk or the account counts like a conflict: their approval isn't reused.
    if active_staff().filter(pk__in=people).count() < len(people):
        return False
    return all(panel.conflicts.of(person) is None for person in people.values())
