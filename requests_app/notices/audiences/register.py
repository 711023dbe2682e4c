"""Who is told of the register: editors, keepers of promises and weights, and followers."""

from collections.abc import Iterable
from typing import Any

from lifecycle.catalogue.models import AIModel, Promise, WeightsCustody
from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from requests_app import clock
from requests_app.models import Event, Proposal
from requests_app.notices.audiences.operators import all_operators
from requests_app.rules.catalogue import editors
from requests_app.rules.watchers import watchers_of


def other_editors(proposal: Proposal, event: Event) -> Iterable[User]:
    """the other catalogue editors"""
    return editors().exclude(pk=proposal.proposed_by_id)


def proposer(proposal: Proposal, event: Event) -> Iterable[User]:
    """the editor who proposed it"""
    return [proposal.proposed_by]


def catalogue_editors(row: Any, event: Event) -> Iterable[User]:
    """the catalogue editors, or else the operators"""
    return editors() or all_operators()


def weights_keeper(custody: WeightsCustody, event: Event) -> Iterable[User]:
    """the person responsible for the weights, or else the operators"""
    person = custody.responsible
    return [person] if person and person.is_active else all_operators()


def weights_keeper_if_failed(custody: WeightsCustody, event: Event) -> Iterable[User]:
    """the person responsible for the weights, or else the operators, if it found another digest"""
    return weights_keeper(custody, event) if "expected" in event.details else []


def promise_keeper(promise: Promise, event: Event) -> Iterable[User]:
    """the promise's owner, after four reminders the person above them, or else the operators"""
    people = [promise.owner, promise.escalate_to]
    if event.details["reminder"] > clock.MAX_OWNER_REMINDERS:
        people.reverse()
        people = people[:1]
    active = [person for person in people if person and person.is_active]
    return active[:1] or all_operators()


def watchers(ai_model: AIModel, event: Event) -> Iterable[User]:
    """everyone who follows the model, its provider or platform, has access or asked for it"""
    return watchers_of(ai_model, event.details["platforms"])


def essay_submitter(essay: Essay, event: Event) -> Iterable[User]:
    """the person who handed the essay in"""
    return [essay.handed_in_by]


def essay_submitter_and_editors(essay: Essay, event: Event) -> Iterable[User]:
    """the person who handed the essay in, and the catalogue editors"""
    return {essay.handed_in_by, *editors()}
