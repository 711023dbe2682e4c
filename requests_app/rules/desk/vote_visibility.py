"""Which votes and comments a person may see; on an open blind step only their own."""

from dataclasses import dataclass

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Event, Narrowing, Stage, Vote
from requests_app.rules.conflicts import RequestConflicts
from requests_app.rules.desk import comment_events
from requests_app.rules.desk.visibility import groups_of
from requests_app.rules.eligibility import VotingPanel


@dataclass(frozen=True)
class VoteVisibility:
    """`blind` is the open step with hidden votes; a party to the request sees no votes at all.

    Whoever `has_conflict` sees no comments either.
    """

    who: User
    blind: Stage | None
    is_party: bool
    has_conflict: bool = False

    def hides(self, vote: Vote) -> bool:
        return vote.voter_id != self.who.pk and self._covers(vote.stage_id)

    def hides_event(self, event: Event) -> bool:
        """Hide other people's votes, since even their number reveals something on an open step."""
        if event.kind in comment_events.KINDS and self.has_conflict:
            return True
        if event.actor_id == self.who.pk or not event.kind.startswith(("vote.", "comment.")):
            return False
        return self.is_party or self._is_of_blind(event)

    def hides_words(self, event: Event) -> bool:
        """Hide who did it and the reason they gave."""
        if event.actor_id in (None, self.who.pk):
            return False
        if self.is_party:
            return True
        opened = self.blind.opened_at if self.blind else None
        # A narrowing comes with a vote, so its author would reveal a hidden one.
        return event.kind == "request.narrowed" and opened is not None and event.at > opened

    def hides_author(self, narrowing: Narrowing) -> bool:
        """Hide the author of a narrowing made with a hidden vote; its content is visible."""
        if narrowing.by_id == self.who.pk:
            return False
        opened = self.blind.opened_at if self.blind else None
        return self.is_party or (opened is not None and narrowing.at > opened)

    def _is_of_blind(self, event: Event) -> bool:
        return self.blind is not None and event.subject == f"stage-{self.blind.pk}"

    def _covers(self, stage_id: int) -> bool:
        return self.is_party or (self.blind is not None and self.blind.pk == stage_id)


def visibility_for(
    who: User, conflicts: RequestConflicts, panel: VotingPanel | None
) -> VoteVisibility:
    """Policy owners see everything, unless they vote on the step themselves."""
    access_request = conflicts.access_request
    is_party = who.pk in conflicts.collaborators | {access_request.requester_id}
    blind = panel.stage if panel and panel.stage.step.blind else None
    # An owner who may vote must not be influenced by the votes of others.
    if panel and not decides(who, panel) and oversees(who, access_request):
        blind = None
    return VoteVisibility(who, blind, is_party, conflicts.of(who) is not None)


def decides(who: User, panel: VotingPanel) -> bool:
    """Return whether the person can vote on it, now or once the alternates are called."""
    step = panel.stage.step
    delegates = {delegate.pk for delegate in panel.delegates.values()}
    groups = {step.reviewers_id, step.alternates_id}
    return who.pk in delegates or bool(groups & set(groups_of(who)))


def oversees(who: User, access_request: AccessRequest) -> bool:
    """Return whether the person is responsible for how the request is reviewed."""
    return who.is_superuser or access_request.policy_version.policy.owners_id in groups_of(who)
