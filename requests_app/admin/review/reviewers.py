"""Who decides an open step, who has, and who may not because of a conflict of interest."""

from collections.abc import Mapping
from typing import NamedTuple

from lifecycle.people.models import User
from requests_app.admin.review.vote_visibility import Veil
from requests_app.models import Event, Vote
from requests_app.rules.eligibility import COUNTED, Bench

HIDDEN = "hidden until this step is decided"
DONE: Mapping[str, str] = {
    Vote.Choice.APPROVE: "approved",
    Vote.Choice.DENY: "voted against",
    Vote.Choice.RETURN: "asked for changes",
    Vote.Choice.RECUSE: "stepped aside",
}


class Seat(NamedTuple):
    """One reviewer's place: what they did, or may do, or what keeps them from it."""

    person: User
    standing: str
    is_conflict: bool
    note: str = ""


def seats(bench: Bench, veil: Veil) -> list[Seat]:
    moved = _moved(bench)
    return [_seat(bench, veil, person, moved.get(str(person.pk), "")) for person in bench.seats]


def _moved(bench: Bench) -> Mapping[str, str]:
    """From a reviewer to the institution that they named while the request was open."""
    kinds = Event.objects.filter(kind="reviewer.institution_changed")
    events = kinds.filter(access_request=bench.access_request).order_by("sequence")
    return {
        event.details["person"]: f"says to work at {event.details['to'] or 'no institution'} "
        f"since {event.at:%-d %b, %H:%M} UTC, before at {event.details['from'] or 'none'}"
        for event in events
    }


def _seat(bench: Bench, veil: Veil, person: User, moved: str) -> Seat:
    conflict = _conflict(bench, veil, person)
    if conflict:
        return Seat(person, conflict, True, moved)
    note = "; ".join(filter(None, (_note(bench, veil, person), moved)))
    vote = bench.taken.get(person.pk)
    if vote and not veil.hides(vote):
        in_place = "" if vote.voter_id == person.pk else f", by {vote.voter}"
        return Seat(person, f"{DONE[vote.choice]}{in_place}", False, note)
    if veil.blind or veil.is_party:
        return Seat(person, HIDDEN, False, note)
    return Seat(person, "may decide", False, note)


def _note(bench: Bench, veil: Veil, person: User) -> str:
    """A delegate, and what the policy allows but a reader should know."""
    notes = []
    if delegate := bench.delegates.get(person.pk):
        conflict = _conflict(bench, veil, delegate)
        notes.append(f"{delegate} may act in their place" + (f", but {conflict}" * bool(conflict)))
    if person.pk in bench.colleagues:
        notes.append("works at the requester's institution, which this policy allows")
    return "; ".join(notes)


def _conflict(bench: Bench, veil: Veil, person: User) -> str:
    """Why this person may not decide, said of them; empty when nothing keeps them from it."""
    access_request = bench.access_request
    if person.pk == access_request.requester_id:
        return "asked for this"
    if person.pk in bench.named:
        return "is a collaborator on this request"
    votes = [v for v in bench.votes if v.voter_id == person.pk and not veil.hides(v)]
    if any(vote.choice == Vote.Choice.RECUSE for vote in votes):
        return "stepped aside"
    if access_request.policy_version.institution_conflict and person.pk in bench.colleagues:
        return "works at the requester's institution, or did when it was sent"
    if person.pk in bench.barred and access_request.appeal_of_id and not _recused(bench, person):
        return "voted on the request that this one appeals against"
    return _voted_elsewhere(bench, votes)


def _recused(bench: Bench, person: User) -> bool:
    return any(v.voter_id == person.pk and v.choice == Vote.Choice.RECUSE for v in bench.votes)


def _voted_elsewhere(bench: Bench, votes: list[Vote]) -> str:
    stage = bench.stage
    for vote in votes:
        other = vote.stage_id != stage.pk and vote.stage_id in bench.counting
        if other and vote.choice in COUNTED and not stage.step.same_people:
            return f"voted on “{vote.stage.step}”"
    return ""
