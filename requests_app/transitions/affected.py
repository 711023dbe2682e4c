"""What is under a person, an institution, a policy or a model: grants, keys, open requests."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Affiliation, Institution, User
from requests_app.models import (
    AccessRequest,
    BulkRevocation,
    Collaborator,
    Grant,
    Key,
    Policy,
    RequestInstitution,
)
from requests_app.states import KeyState

RevocationSubject = User | Institution | Policy | AIModel
USABLE_KEY_STATES = (KeyState.ISSUING, KeyState.ACTIVE, KeyState.RETIRING)


@dataclass(frozen=True)
class Affected:
    """What ends: grants, keys, places under grants of others; and what could still be granted."""

    kind: BulkRevocation.Kind
    grants: QuerySet[Grant]
    keys: QuerySet[Key]
    open_requests: QuerySet[AccessRequest]
    shared: QuerySet[Grant]
    held_places: QuerySet[Collaborator]

    @property
    def closes_requests(self) -> bool:
        """Only a person's; the others stay with their reviewers."""
        return self.kind == BulkRevocation.Kind.PERSON

    @property
    def closed_requests(self) -> QuerySet[AccessRequest]:
        return self.open_requests if self.closes_requests else self.open_requests.none()

    @property
    def places(self) -> QuerySet[Collaborator]:
        """What others share with its people. Under a grant that ends they end with it."""
        return self.held_places.filter(grant__in=self.shared).exclude(grant__in=self.grants)

    @property
    def sharers(self) -> QuerySet[Collaborator]:
        """With whom the grants that end are shared."""
        rows = Collaborator.objects.filter(removed_at=None, person__is_active=True)
        return rows.filter(grant__in=self.grants)

    @property
    def people(self) -> QuerySet[User]:
        """Who loses something."""
        holds = Q(pk__in=self.grants.values("holder")) | Q(pk__in=self.keys.values("holder"))
        shares = Q(pk__in=self.places.values("person")) | Q(pk__in=self.sharers.values("person"))
        asks = Q(pk__in=self.closed_requests.values("requester"))
        return User.objects.filter(holds | shares | asks)


def affected_by(subject: RevocationSubject) -> Affected:
    kind, grants, keys, requests = _conditions(subject)
    places = _held_places(subject)
    under = places.filter(grant=OuterRef("grant"), person=OuterRef("holder"))
    return Affected(
        kind,
        Grant.objects.live().filter(grants),
        Key.objects.filter(keys | Exists(under), state__in=USABLE_KEY_STATES),
        AccessRequest.objects.open().filter(requests),
        Grant.objects.live().filter(pk__in=places.values("grant")),
        places,
    )


def _held_places(subject: RevocationSubject) -> QuerySet[Collaborator]:
    """Of who could make keys under grants of others.

    As for conflicts of interest, whoever worked at an institution when a place was given, or
    since, has it from there, though they have moved on paper.
    """
    rows = Collaborator.objects.filter(removed_at=None)
    if isinstance(subject, User):
        return rows.filter(person=subject)
    if isinstance(subject, Institution):
        there = Affiliation.objects.filter(institution=subject, person=OuterRef("person"))
        since = Q(ends_at=None) | Q(ends_at__gt=OuterRef("added_at"))
        return rows.filter(Exists(there.filter(since)))
    return rows.none()


def _people(subject: Institution) -> QuerySet[User]:
    """Who works there now."""
    there = Affiliation.objects.filter(institution=subject, ends_at=None)
    return User.objects.filter(pk__in=there.values("person"))


def _conditions(subject: RevocationSubject) -> tuple[BulkRevocation.Kind, Q, Q, Q]:
    """People's keys are those that they hold, and all that are under their grants."""
    if isinstance(subject, User):
        keys = Q(holder=subject) | Q(grant__holder=subject)
        return BulkRevocation.Kind.PERSON, Q(holder=subject), keys, Q(requester=subject)
    if isinstance(subject, Institution):
        return _of_institution(subject)
    if isinstance(subject, Policy):
        return (
            BulkRevocation.Kind.POLICY,
            Q(access_request__policy_version__policy=subject),
            Q(grant__access_request__policy_version__policy=subject),
            Q(policy_version__policy=subject),
        )
    return (
        BulkRevocation.Kind.MODEL,
        Q(granted_models__ai_model=subject),
        Q(grant__granted_models__ai_model=subject),
        Q(requested_models__ai_model=subject),
    )


def _of_institution(subject: Institution) -> tuple[BulkRevocation.Kind, Q, Q, Q]:
    """Of its people, and all that was asked for in its name, as for conflicts of interest."""
    people = _people(subject)
    asked = RequestInstitution.objects.filter(institution=subject).values("access_request")
    return (
        BulkRevocation.Kind.INSTITUTION,
        Q(holder__in=people) | Q(access_request__in=asked),
        Q(holder__in=people) | Q(grant__holder__in=people) | Q(grant__access_request__in=asked),
        Q(requester__in=people) | Q(pk__in=asked),
    )
