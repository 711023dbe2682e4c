"""The reviewers of an open step: who has voted, who can, and who has a conflict of interest."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lifecycle.people.models import User
from requests_app.models import Event, Vote
from requests_app.rules.desk.vote_visibility import VoteVisibility
from requests_app.rules.eligibility import VotingPanel

HIDDEN = "vote hidden until decision"
PAST_TENSE: Mapping[str, str] = {
    Vote.Choice.APPROVE: "approved",
    Vote.Choice.DENY: "declined",
    Vote.Choice.RETURN: "requested changes",
    Vote.Choice.RECUSE: "recused",
}


class ReviewerStatus(NamedTuple):
    """One seat: its vote, or whether its owner can vote or why not."""

    person: User
    status: str
    is_conflict: bool
    note: str = ""


def reviewer_statuses(
    panel: VotingPanel, vote_visibility: VoteVisibility, events: Iterable[Event]
) -> list[ReviewerStatus]:
    """Return them in the order of the seats; `events` are the request's."""
    moved = _moved(events)
    return [
        _reviewer_status(panel, vote_visibility, person, moved.get(str(person.pk), ""))
        for person in panel.seats
    ]


def _moved(events: Iterable[Event]) -> Mapping[str, str]:
    """Map reviewers to the change of institution they made while the request was open."""
    return {
        event.details["person"]: f"changed institution to {event.details['to'] or 'none'} "
        f"on {event.at:%-d %b, %H:%M} UTC, from {event.details['from'] or 'none'}"
        for event in events
        if event.kind == "reviewer.institution_changed"
    }


def _reviewer_status(
    panel: VotingPanel, vote_visibility: VoteVisibility, person: User, moved: str
) -> ReviewerStatus:
    conflict = _conflict(panel, vote_visibility, person)
    if conflict:
        return ReviewerStatus(person, conflict, True, moved)
    note = "; ".join(filter(None, (_note(panel, vote_visibility, person), moved)))
    vote = panel.taken.get(person.pk)
    if vote and not vote_visibility.hides(vote):
        in_place = "" if vote.voter_id == person.pk else f", by {vote.voter}"
        return ReviewerStatus(person, f"{PAST_TENSE[vote.choice]}{in_place}", False, note)
    if vote_visibility.blind or vote_visibility.is_party:
        return ReviewerStatus(person, HIDDEN, False, note)
    return ReviewerStatus(person, "can decide", False, note)


def _note(panel: VotingPanel, vote_visibility: VoteVisibility, person: User) -> str:
    """Describe a delegate, and a colleague whom the policy allows."""
    notes = []
    if delegate := panel.delegates.get(person.pk):
        conflict = _conflict(panel, vote_visibility, delegate)
        notes.append(f"{delegate} can act on their behalf" + (f", but {conflict}" * bool(conflict)))
    if person.pk in panel.conflicts.colleagues:
        notes.append("works at the requester's institution, which this policy allows")
    return "; ".join(notes)


def _conflict(panel: VotingPanel, vote_visibility: VoteVisibility, person: User) -> str:
    """Describe why this person can't decide; empty if nothing visible prevents it."""
    for conflict in panel.conflicts_of(person):
        if conflict.vote is None or not vote_visibility.hides(conflict.vote):
            return conflict.description
    return ""
