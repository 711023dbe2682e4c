"""One table: which event tells whom, with which message. `docs/notices.md` is generated from it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from lifecycle.people.models import User
from requests_app import system_reasons
from requests_app.models import AccessRequest, Event, Grant, Invitation, Notice, Stage, Vote
from requests_app.rules.break_glass import people_of
from requests_app.rules.eligibility import Bench
from requests_app.rules.permissions import why_not
from requests_app.states import StageState

# People, or an address where it may be nobody's.
Audience = Callable[[Any, Event], Iterable[User] | Iterable[str]]


class Telling(NamedTuple):
    """A message to an audience; `template` is the mail's name under templates/mail/.

    `can_wait`: who wants a daily digest gets it there, when one comes in time.
    `chat`: it goes to the chat channels too.
    """

    audience: Audience
    template: str
    can_wait: bool = False
    chat: bool = False


def requester(row: Any, event: Event) -> Iterable[User]:
    """the requester"""
    return [row.requester]


def requester_alone(row: Any, event: Event) -> Iterable[User]:
    """the requester, unless everything of theirs ended at once"""
    return [] if "receipt" in event.details else [row.requester]


def holder_alone(row: Any, event: Event) -> Iterable[User]:
    """the holder, unless everything of theirs ended at once"""
    return [] if "receipt" in event.details else [row.holder]


def loser(row: Any, event: Event) -> Iterable[User]:
    """each who lost something by it, once"""
    own = row.requester if isinstance(row, AccessRequest) else row.holder
    shares = event.details.get("person", str(own.pk))
    return [own] if shares == str(own.pk) else User.objects.filter(pk=shares)


def holder(row: Any, event: Event) -> Iterable[User]:
    """the holder"""
    return [row.holder]


def holder_if_clock(row: Any, event: Event) -> Iterable[User]:
    """the holder, when the clock did it"""
    return [row.holder] if event.actor_id is None else []


def holder_of_leaked(row: Any, event: Event) -> Iterable[User]:
    """the holder, when somebody found the key"""
    return [row.holder] if _leaked(event) else []


def holder_unless_leaked(row: Any, event: Event) -> Iterable[User]:
    """the holder, unless somebody found the key, or it ended with what they are told of anyway"""
    with_more = event.details.get("reason") in (
        system_reasons.WITH_ITS_GRANT,
        system_reasons.NO_LONGER_SHARED,
    )
    return [] if _leaked(event) or with_more else holder_alone(row, event)


def _leaked(event: Event) -> bool:
    return event.actor_id is None and event.details.get("reason") == system_reasons.LEAKED


def operators(row: Any, event: Event) -> Iterable[User]:
    """the operators: those in OPERATOR_EMAILS, or all superusers"""
    return all_operators()


def all_operators() -> QuerySet[User]:
    """Who hears of what this site, or a machine that it relies on, can't do."""
    people = User.objects.filter(is_active=True)
    if settings.OPERATOR_EMAILS:
        return people.filter(email__in=settings.OPERATOR_EMAILS)
    return people.filter(is_superuser=True)


def sharers(row: Any, event: Event) -> Iterable[User]:
    """those with whom the access is shared"""
    places = row.collaborators.filter(removed_at=None, person__is_active=True)
    return [place.person for place in places.select_related("person")]


def sharers_alone(row: Any, event: Event) -> Iterable[User]:
    """those with whom the access is shared, unless everything ended at once"""
    return [] if "receipt" in event.details else sharers(row, event)


def removed(row: Any, event: Event) -> Iterable[User]:
    """whoever was removed, unless everything of theirs ended at once"""
    if "receipt" in event.details:
        return []
    return User.objects.filter(pk=event.details["person"])


def users_of_the_model(row: Any, event: Event) -> Iterable[User]:
    """everyone who holds or shares access to the model"""
    named = Q(granted_models__ai_model__identifier=event.details["model"])
    live = Grant.objects.live().filter(named).values("pk")
    shares = Q(shared_grants__grant__in=live, shared_grants__removed_at=None)
    return User.objects.filter(Q(grants__in=live) | shares, is_active=True).distinct()


def reviewers(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who may vote on the stage now, delegates too"""
    return Bench(stage, event.at).asked


def newly_called(stage: Stage, event: Event) -> Iterable[User]:
    """those who may vote now and weren't asked before"""
    return set(reviewers(stage, event)) - set(asked_already(stage))


def stage_owners(stage: Stage, event: Event) -> Iterable[User]:
    """the policy's owners"""
    owners = stage.access_request.policy_version.policy.owners_id
    return User.objects.filter(groups=owners, is_active=True)


def owners_apart(access_request: AccessRequest, event: Event) -> Iterable[User]:
    """the policy's owners who don't take part in it themselves"""
    owners = User.objects.filter(
        groups=access_request.policy_version.policy.owners_id, is_active=True
    )
    return owners.exclude(pk__in=[access_request.requester_id, *event.details["people"]])


def stage_requester(stage: Stage, event: Event) -> Iterable[User]:
    """the requester"""
    return [stage.access_request.requester]


def passed_over(grant: Grant, event: Event) -> Iterable[User]:
    """the policy's owners, the reviewers of every step that it skipped, and who was asked in one"""
    access_request = grant.access_request
    stages = access_request.stages.filter(closed_at=event.at, state=StageState.CLOSED)
    steps = stages.values("step")
    groups = Q(groups__policy_steps__in=steps) | Q(groups__alternate_steps__in=steps)
    owners = Q(groups=access_request.policy_version.policy.owners_id)
    asked = {person.pk for stage in stages for person in asked_before(stage)}  # delegates too
    people = User.objects.filter(owners | groups | Q(pk__in=asked), is_active=True).distinct()
    parties = access_request.named.values_list("pk", flat=True)
    return people.exclude(pk__in={event.actor_id, access_request.requester_id, *parties})


def judges(grant: Grant, event: Event) -> Iterable[User]:
    """owners and reviewers of the policy who may review it"""
    people = people_of(grant.access_request)
    return [one for one in people if why_not("review", grant.break_glass, one) is None]


def asked_before(stage: Stage) -> QuerySet[User]:
    return User.objects.filter(pk__in=_askings(stage).values("recipient"))


def asked_already(stage: Stage) -> QuerySet[User]:
    """Without those in whose place somebody has voted since: another may lend them a place."""
    lost = Vote.objects.filter(
        stage=stage, seat=OuterRef("recipient"), cast_at__gte=OuterRef("event__at")
    ).exclude(voter=F("seat"))
    return User.objects.filter(pk__in=_askings(stage).exclude(Exists(lost)).values("recipient"))


def _askings(stage: Stage) -> QuerySet[Notice]:
    return Notice.objects.filter(
        event__subject=f"stage-{stage.pk}",
        template__in=("stage_opened", "stage_called", "stage_joined"),
    )


def invited(invitation: Invitation, event: Event) -> Iterable[str]:
    """the address that is invited, whether or not anybody has it as an account"""
    return [invitation.email]


def inviter(invitation: Invitation, event: Event) -> Iterable[User]:
    """the requester"""
    return [invitation.access_request.requester]


def let_go(invitation: Invitation, event: Event) -> Iterable[User]:
    """whoever had accepted it"""
    return [invitation.person] if invitation.person else []


def others_asked(stage: Stage, event: Event) -> Iterable[User]:
    """everyone who was asked to decide the stage, but not the one who just did"""
    if "break_glass" in event.details:  # they hear of that instead
        return []
    asked = asked_before(stage)
    if event.actor_id:
        asked = asked.exclude(pk=event.actor_id)
    return asked.distinct()


TELLINGS: Mapping[str, tuple[Telling, ...]] = {
    "request.submitted": (Telling(requester, "request_received"),),
    "request.approved": (Telling(requester, "request_approved"),),
    "request.denied": (Telling(requester, "request_denied"),),
    "request.returned": (Telling(requester, "request_returned"),),
    "request.narrowed": (Telling(requester, "request_narrowed"),),
    "request.expired": (Telling(requester, "request_expired"),),
    "request.reviewers_take_part": (Telling(owners_apart, "reviewers_take_part"),),
    "request.withdrawn": (Telling(requester_alone, "request_withdrawn"),),
    "invitation.sent": (Telling(invited, "invited"),),
    "invitation.sent_again": (Telling(invited, "invited"),),
    "invitation.accepted": (Telling(inviter, "invitation_accepted"),),
    "invitation.declined": (Telling(inviter, "invitation_declined"),),
    "invitation.withdrawn": (Telling(let_go, "invitation_withdrawn"),),
    "stage.opened": (Telling(reviewers, "stage_opened", chat=True),),
    "stage.reminded": (Telling(reviewers, "stage_reminder", can_wait=True),),
    "stage.escalated": (Telling(newly_called, "stage_called", chat=True),),
    "stage.deadlocked": (
        Telling(stage_owners, "stage_deadlocked", chat=True),
        Telling(stage_requester, "request_deadlocked"),
    ),
    "stage.unlocked": (Telling(stage_requester, "request_unlocked"),),
    "stage.joined": (Telling(newly_called, "stage_joined"),),
    "stage.passed": (Telling(others_asked, "stage_decided"),),
    "stage.failed": (Telling(others_asked, "stage_decided"),),
    "stage.expired": (Telling(others_asked, "stage_decided"),),
    "stage.closed": (Telling(others_asked, "stage_decided"),),
    "grant.created": (Telling(sharers, "shared_approved"),),
    "grant.activated": (
        Telling(holder_if_clock, "grant_active"),
        Telling(sharers, "shared_active"),
    ),
    "grant.shortened": (Telling(holder, "grant_shortened"),),
    "grant.suspended": (Telling(holder, "grant_suspended"),),
    "grant.resumed": (Telling(holder, "grant_resumed"),),
    "grant.confirmation_asked": (Telling(holder, "grant_confirm"),),
    "grant.end_announced": (Telling(holder, "grant_ends_soon"),),
    "grant.ended": (Telling(holder, "grant_ended"), Telling(sharers, "shared_ended")),
    "grant.revoked": (
        Telling(holder_alone, "grant_revoked"),
        Telling(sharers_alone, "shared_ended"),
    ),
    "grant.collaborator_removed": (Telling(removed, "shared_removed"),),
    "grant.collaborator_left": (Telling(holder, "shared_left"),),
    "policy.model_withdrawn": (Telling(users_of_the_model, "model_withdrawn"),),
    "key.claimed": (Telling(holder, "key_claimed"),),
    "key.revoked": (
        Telling(holder_unless_leaked, "key_revoked"),
        Telling(holder_of_leaked, "key_leaked"),
    ),
    "key.failed": (Telling(holder_if_clock, "key_failed"),),
    "key.stuck": (Telling(operators, "key_stuck"),),
    "grant.break_glass": (Telling(passed_over, "break_glass_used", chat=True),),
    "grant.break_glass_reminded": (Telling(judges, "break_glass_review"),),
    "access.ended": (Telling(loser, "access_ended"),),
}
