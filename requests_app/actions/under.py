"""What is under a person, an institution, a policy or a model: grants, keys, open requests."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.models import AccessRequest, Collaborator, Ending, Grant, Key, Policy
from requests_app.states import KeyState

Subject = User | Institution | Policy | AIModel
USABLE = (KeyState.ISSUING, KeyState.ACTIVE, KeyState.RETIRING)


@dataclass(frozen=True)
class Under:
    """What ends, the requests that could still become grants, and the grants that give keys."""

    kind: Ending.Kind
    grants: QuerySet[Grant]
    keys: QuerySet[Key]
    open_requests: QuerySet[AccessRequest]
    shared: QuerySet[Grant]

    @property
    def closes_requests(self) -> bool:
        """Only a person's; the others stay with their reviewers."""
        return self.kind == Ending.Kind.PERSON

    @property
    def closed_requests(self) -> QuerySet[AccessRequest]:
        return self.open_requests if self.closes_requests else self.open_requests.none()

    @property
    def people(self) -> QuerySet[User]:
        """Who loses something."""
        holds = Q(pk__in=self.grants.values("holder")) | Q(pk__in=self.keys.values("holder"))
        return User.objects.filter(holds | Q(pk__in=self.closed_requests.values("requester")))


def under(subject: Subject) -> Under:
    kind, grants, keys, requests = _conditions(subject)
    places = Collaborator.objects.filter(person__in=_people(subject), removed_at=None)
    return Under(
        kind,
        Grant.objects.live().filter(grants),
        Key.objects.filter(keys, state__in=USABLE),
        AccessRequest.objects.open().filter(requests),
        Grant.objects.live().filter(pk__in=places.values("grant")),
    )


def _people(subject: Subject) -> QuerySet[User]:
    """Who could claim keys under grants of others."""
    if isinstance(subject, User):
        return User.objects.filter(pk=subject.pk)
    if isinstance(subject, Institution):
        return User.objects.filter(institution=subject)
    return User.objects.none()


def _conditions(subject: Subject) -> tuple[Ending.Kind, Q, Q, Q]:
    """People's keys are those that they hold, and all that are under their grants."""
    if isinstance(subject, User):
        keys = Q(holder=subject) | Q(grant__holder=subject)
        return Ending.Kind.PERSON, Q(holder=subject), keys, Q(requester=subject)
    if isinstance(subject, Institution):
        people = User.objects.filter(institution=subject)
        keys = Q(holder__in=people) | Q(grant__holder__in=people)
        return Ending.Kind.INSTITUTION, Q(holder__in=people), keys, Q(requester__in=people)
    if isinstance(subject, Policy):
        return (
            Ending.Kind.POLICY,
            Q(access_request__policy_version__policy=subject),
            Q(grant__access_request__policy_version__policy=subject),
            Q(policy_version__policy=subject),
        )
    return (
        Ending.Kind.MODEL,
        Q(granted_models__ai_model=subject),
        Q(grant__granted_models__ai_model=subject),
        Q(requested_models__ai_model=subject),
    )
