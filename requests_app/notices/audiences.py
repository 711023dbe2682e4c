"""The recipients of notices. `docs/notices.md` shows the first line of each function."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from lifecycle.catalogue.models import AIModel, Promise, WeightsCustody
from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from requests_app import clock
from requests_app.models import (
    AccessRequest,
    Event,
    Grant,
    Invitation,
    Notice,
    Policy,
    PolicyVersion,
    Proposal,
    ReviewerInvitation,
    Stage,
    Vote,
)
from requests_app.rules.break_glass import people_involved
from requests_app.rules.catalogue import editors
from requests_app.rules.desk import comments
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from requests_app.rules.roles import owner_ids, publishers_of
from requests_app.rules.watchers import users_of, watchers_of
from requests_app.states import StageState

# People, or an address that may have no account.
Audience = Callable[[Any, Event], Iterable[User] | Iterable[str]]


def requester(row: Any, event: Event) -> Iterable[User]:
    """the requester"""
    return [row.requester]


def requester_alone(row: Any, event: Event) -> Iterable[User]:
    """the requester, unless all their access ended in one action"""
    # A bulk revocation notifies each person once, by `access.ended`.
    return [] if "receipt" in event.details else [row.requester]


def holder_alone(row: Any, event: Event) -> Iterable[User]:
    """the holder, unless all their access ended in one action"""
    return [] if "receipt" in event.details else [row.holder]


def affected_person(row: Any, event: Event) -> Iterable[User]:
    """everyone who lost access, once"""
    own = row.requester if isinstance(row, AccessRequest) else row.holder
    shares = event.details.get("person", str(own.pk))
    return [own] if shares == str(own.pk) else User.objects.filter(pk=shares)


def holder(row: Any, event: Event) -> Iterable[User]:
    """the holder"""
    return [row.holder]


def holder_if_clock(row: Any, event: Event) -> Iterable[User]:
    """the holder, if it happened automatically"""
    return [row.holder] if event.actor_id is None else []


def holder_of_leaked(row: Any, event: Event) -> Iterable[User]:
    """the holder, if someone reported the key as leaked"""
    return [row.holder] if _leaked(event) else []


def holder_unless_leaked(row: Any, event: Event) -> Iterable[User]:
    """the holder, unless it was reported as leaked or ended with something they are notified of"""
    with_more = event.details.get("cause") in ("grant", "sharing")
    return [] if _leaked(event) or with_more else holder_alone(row, event)


def _leaked(event: Event) -> bool:
    return bool(event.details.get("cause") == "leak")


def operators(row: Any, event: Event) -> Iterable[User]:
    """the operators: people in OPERATOR_EMAILS, or else all superusers"""
    return all_operators()


def all_operators() -> QuerySet[User]:
    """Return the people who are notified of technical problems."""
    people = User.objects.filter(is_active=True)
    if settings.OPERATOR_EMAILS:
        return people.filter(email__in=settings.OPERATOR_EMAILS)
    return people.filter(is_superuser=True)


def publishers(version: PolicyVersion, event: Event) -> Iterable[User]:
    """the policy's other owners who can publish the draft"""
    return publishers_of(version)


def changed_reviewer(policy: Policy, event: Event) -> Iterable[User]:
    """the person, once however many policies name the group"""
    if event.details["policies"][0] != policy.slug:
        return []
    return User.objects.filter(pk=event.details["person"], is_active=True)


def other_owners(policy: Policy, event: Event) -> Iterable[User]:
    """the owners of the policies that name the group, except the one who did it and the person"""
    slugs = event.details["policies"]
    told = Policy.objects.filter(slug__in=slugs[: slugs.index(policy.slug)]).values("owners")
    owners = User.objects.filter(groups=policy.owners_id, is_active=True)
    owners = owners.exclude(pk__in=[event.actor_id, event.details["person"]])
    return owners.exclude(groups__in=told).distinct()


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


def sharers(row: Any, event: Event) -> Iterable[User]:
    """the collaborators"""
    places = row.collaborators.filter(removed_at=None, person__is_active=True)
    return [place.person for place in places.select_related("person")]


def sharers_alone(row: Any, event: Event) -> Iterable[User]:
    """the collaborators, unless everything ended in one action"""
    return [] if "receipt" in event.details else sharers(row, event)


def people_who_joined(access_request: AccessRequest, event: Event) -> Iterable[User]:
    """the collaborators of the request"""
    sent = access_request.revisions.exclude(submitted_at=None).order_by("number").last()
    texts = {access_request.revision, sent} - {None}
    return User.objects.filter(collaborations__in=texts, is_active=True).distinct()


def removed(row: Any, event: Event) -> Iterable[User]:
    """the removed collaborator, unless all their access ended in one action"""
    if "receipt" in event.details:
        return []
    return User.objects.filter(pk=event.details["person"])


def owners_once(row: Any, event: Event) -> Iterable[User]:
    """owners of the policies concerned, each once, except the person who did it"""
    return User.objects.filter(pk__in=event.details.get("owners", ()), is_active=True)


def owners_of_withdrawn(access_request: AccessRequest, event: Event) -> Iterable[User]:
    """the policy's owners, if it had been sent and they weren't asked to decide it"""
    if "receipt" in event.details or not access_request.submitted_at:
        return []
    stages = access_request.stages.filter(closed_at=event.at)
    asked = {person.pk for stage in stages for person in asked_before(stage)}
    owners = owner_ids([access_request.policy_version.policy])
    [owners_of_it] = owners.values()
    return User.objects.filter(pk__in=owners_of_it - asked - {access_request.requester_id})


def owners_without_the_model(row: Any, event: Event) -> Iterable[User]:
    """the policy's other owners, if they have no access to the model themselves"""
    return set(owners_once(row, event)) - set(users_of_the_model(row, event))


def users_of_the_model(row: Any, event: Event) -> Iterable[User]:
    """everyone with access to the model, collaborators too, unless it ended in one action"""
    if "receipt" in event.details:
        return []
    return users_of(AIModel.objects.get(identifier=event.details["model"]))


def watchers(ai_model: AIModel, event: Event) -> Iterable[User]:
    """everyone who follows the model, its provider or platform, has access or asked for it"""
    return watchers_of(ai_model, event.details["platforms"])


def reviewers(row: Stage | VotingPanel, event: Event) -> Iterable[User]:
    """everyone who may vote on the stage now, including delegates"""
    panel = row if isinstance(row, VotingPanel) else VotingPanel(row, event.at)
    return panel.asked


def asked_whose_deadline_moved(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who was asked and may vote now, if the deadline moved by an hour or more"""
    moved = datetime.fromisoformat(event.details["due_at"]) - datetime.fromisoformat(
        event.details["due_before"]
    )
    if moved < timedelta(hours=1):
        return []
    return set(reviewers(stage, event)) & set(asked_already(stage))


def newly_called(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who may vote now and hasn't been asked yet"""
    return set(reviewers(stage, event)) - set(asked_already(stage))


def stage_owners(stage: Stage, event: Event) -> Iterable[User]:
    """the policy's owners, except the requester"""
    owners = User.objects.filter(groups=stage.policy_version.policy.owners_id, is_active=True)
    return owners.exclude(pk__in=[person.pk for person in stage_requester(stage, event)])


def owners_apart(access_request: AccessRequest, event: Event) -> Iterable[User]:
    """the policy's owners, except those who take part in the request"""
    owners = User.objects.filter(
        groups=access_request.policy_version.policy.owners_id, is_active=True
    )
    return owners.exclude(pk__in=[access_request.requester_id, *event.details["people"]])


def stage_requester(stage: Stage, event: Event) -> Iterable[User]:
    """the requester; nobody for an essay"""
    return [] if stage.essay_id else [stage.access_request.requester]


def essay_submitter(essay: Essay, event: Event) -> Iterable[User]:
    """the person who handed the essay in"""
    return [essay.handed_in_by]


def essay_submitter_and_editors(essay: Essay, event: Event) -> Iterable[User]:
    """the person who handed the essay in, and the catalogue editors"""
    return {essay.handed_in_by, *editors()}


def bypassed_reviewers(grant: Grant, event: Event) -> Iterable[User]:
    """the policy's owners, the reviewers of each skipped step, and everyone asked to decide one"""
    access_request = grant.access_request
    stages = access_request.stages.filter(closed_at=event.at, state=StageState.CLOSED)
    steps = stages.values("step")
    groups = Q(groups__policy_steps__in=steps) | Q(groups__alternate_steps__in=steps)
    owners = Q(groups=access_request.policy_version.policy.owners_id)
    asked = {person.pk for stage in stages for person in asked_before(stage)}  # delegates too
    people = User.objects.filter(owners | groups | Q(pk__in=asked), is_active=True).distinct()
    # Whoever caused it, or takes part in the request, doesn't review it.
    parties = access_request.named.values_list("pk", flat=True)
    return people.exclude(pk__in={event.actor_id, access_request.requester_id, *parties})


def break_glass_reviewers(grant: Grant, event: Event) -> Iterable[User]:
    """the policy's owners and reviewers who may review the emergency grant"""
    people = people_involved(grant.access_request)
    return [one for one in people if why_not("review", grant.break_glass, one) is None]


def asked_before(stage: Stage) -> QuerySet[User]:
    return User.objects.filter(pk__in=_requests_to_decide(stage).values("recipient"))


def asked_already(stage: Stage) -> QuerySet[User]:
    """Return those asked to decide whose seat nobody else has used since.

    If it was used, another delegation may give them a seat again, and they have to be asked again.
    """
    lost = Vote.objects.filter(
        stage=stage, seat=OuterRef("recipient"), cast_at__gte=OuterRef("event__at")
    ).exclude(voter=F("seat"))
    return User.objects.filter(
        pk__in=_requests_to_decide(stage).exclude(Exists(lost)).values("recipient")
    )


def _requests_to_decide(stage: Stage) -> QuerySet[Notice]:
    return Notice.objects.filter(
        event__subject=f"stage-{stage.pk}",
        template__in=("stage_opened", "stage_called", "stage_joined"),
    )


def fellow_reviewers(row: Any, event: Event) -> Iterable[User]:
    """everyone who may vote on the open stage or has commented, if they may read the comment"""
    return comments.readers(event)


def commented_requester(row: Any, event: Event) -> Iterable[User]:
    """the requester"""
    assert event.access_request  # its chain
    return [event.access_request.requester]


def reviewer_inviter(invitation: ReviewerInvitation, event: Event) -> Iterable[User]:
    """the owner who sent it"""
    return [invitation.by] if invitation.by.is_active else []


def invited(invitation: Invitation | ReviewerInvitation, event: Event) -> Iterable[str]:
    """the invited address, whether or not it has an account"""
    return [invitation.email]


def inviter(invitation: Invitation, event: Event) -> Iterable[User]:
    """the requester"""
    return [invitation.access_request.requester]


def withdrawn_invitee(invitation: Invitation, event: Event) -> Iterable[User]:
    """the person who had accepted it"""
    return [invitation.person] if invitation.person else []


def seat_owner(stage: Stage, event: Event) -> Iterable[User]:
    """the reviewer whose seat was reassigned"""
    return User.objects.filter(pk=event.details["person"], is_active=True)


def delegate_once(policy: Policy, event: Event) -> Iterable[User]:
    """the reviewer who acts for another, once for all policies"""
    return User.objects.filter(pk=event.details["delegate"]) if event.details["tells"] else []


def others_asked(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who was asked to decide the stage, except the person who just did"""
    if "break_glass" in event.details:  # they are notified of that instead
        return []
    asked = asked_before(stage)
    if event.actor_id:
        asked = asked.exclude(pk=event.actor_id)
    return asked.distinct()
