"""Find everything under a person, institution, policy or model that a bulk revocation ends."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

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
    ServiceToken,
    StandingRule,
)
from requests_app.states import UNDECIDED, KeyState, StandingRuleState

RevocationSubject = User | Institution | Policy | AIModel
USABLE_KEY_STATES = (KeyState.ISSUING, KeyState.ACTIVE, KeyState.RETIRING)


@dataclass(frozen=True)
class Extent:
    """All that ends, by public ids in order; shared access by its own, which is only counted."""

    grants: list[str]
    keys: list[str]
    requests: list[str]
    tokens: list[str]
    rules: list[str]
    places: list[int]

    @property
    def digest(self) -> str:
        """Tell whether what ends is what a preview showed."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()


@dataclass(frozen=True)
class Affected:
    """What a bulk revocation ends, and the open requests that could still lead to a grant."""

    kind: BulkRevocation.Kind | None
    grants: QuerySet[Grant]
    keys: QuerySet[Key]
    open_requests: QuerySet[AccessRequest]
    shared: QuerySet[Grant]
    held_places: QuerySet[Collaborator]
    tokens: QuerySet[ServiceToken]
    rules: QuerySet[StandingRule]

    def extent(self) -> Extent:
        """Return all that ends, in one query for each kind."""
        return Extent(
            grants=_ids(self.grants),
            keys=_ids(self.keys),
            requests=_ids(self.closed_requests),
            tokens=_ids(self.tokens),
            rules=_ids(self.rules),
            places=sorted(self.places.values_list("pk", flat=True)),
        )

    @property
    def closes_requests(self) -> bool:
        """Whether open requests are withdrawn: a person's are; others stay with their reviewers."""
        return self.kind == BulkRevocation.Kind.PERSON

    @property
    def closed_requests(self) -> QuerySet[AccessRequest]:
        return self.open_requests if self.closes_requests else self.open_requests.none()

    @property
    def kept_requests(self) -> QuerySet[AccessRequest]:
        """Open requests that stay with their reviewers, or go back to them."""
        kept = AccessRequest.objects.none() if self.closes_requests else self.open_requests
        return kept.filter(state__in=UNDECIDED)

    @property
    def places(self) -> QuerySet[Collaborator]:
        """Shared access to end under grants that go on; the rest ends with its grant."""
        return self.held_places.filter(grant__in=self.shared).exclude(grant__in=self.grants)

    @property
    def sharers(self) -> QuerySet[Collaborator]:
        """Active collaborators on the grants that end."""
        rows = Collaborator.objects.filter(removed_at=None, person__is_active=True)
        return rows.filter(grant__in=self.grants)

    @property
    def people(self) -> QuerySet[User]:
        """Everyone who loses a grant, a key, shared access or an open request."""
        holds = Q(pk__in=self.grants.values("holder")) | Q(pk__in=self.keys.values("holder"))
        shares = Q(pk__in=self.places.values("person")) | Q(pk__in=self.sharers.values("person"))
        asks = Q(pk__in=self.closed_requests.values("requester"))
        return User.objects.filter(holds | shares | asks)


def _ids(rows: QuerySet[Any]) -> list[str]:
    return sorted(rows.order_by().values_list("public_id", flat=True))


def affected_by(subject: RevocationSubject) -> Affected:
    """Return everything that a bulk revocation of `subject` ends."""
    kind, grants, keys, requests = _conditions(subject)
    places = _held_places(subject)
    # A collaborator's key hangs on somebody else's grant, so the conditions on holder and grant
    # miss it.
    under = places.filter(grant=OuterRef("grant"), person=OuterRef("holder"))
    return Affected(
        kind,
        Grant.objects.live().filter(grants),
        Key.objects.filter(keys | Exists(under), state__in=USABLE_KEY_STATES),
        AccessRequest.objects.open().filter(requests),
        Grant.objects.live().filter(pk__in=places.values("grant")),
        places,
        _tokens(subject),
        _rules(subject),
    )


def of_grants(grants: QuerySet[Grant]) -> Affected:
    """Return what ends with these live grants."""
    keys = Key.objects.filter(grant__in=grants, state__in=USABLE_KEY_STATES)
    requests, places = AccessRequest.objects.none(), Collaborator.objects.none()
    tokens, rules = ServiceToken.objects.none(), StandingRule.objects.none()
    return Affected(None, grants, keys, requests, Grant.objects.none(), places, tokens, rules)


def _tokens(subject: RevocationSubject) -> QuerySet[ServiceToken]:
    """Return the tokens that act as a person whose account is closed."""
    rows = ServiceToken.objects.filter(revoked_at=None, expires_at__gt=Now())
    return rows.filter(owner=subject) if isinstance(subject, User) else rows.none()


def _rules(subject: RevocationSubject) -> QuerySet[StandingRule]:
    """Return a policy's rules, by which members could start again what has just ended."""
    rows = StandingRule.objects.filter(state=StandingRuleState.PUBLISHED)
    return rows.filter(policy=subject) if isinstance(subject, Policy) else rows.none()


def _held_places(subject: RevocationSubject) -> QuerySet[Collaborator]:
    """Return the collaborator rows of the subject's people under any grant.

    As for conflicts of interest, an institution's people include those who worked there when they
    were added or at any time since, even if their profile now names another one.
    """
    rows = Collaborator.objects.filter(removed_at=None)
    if isinstance(subject, User):
        return rows.filter(person=subject)
    if isinstance(subject, Institution):
        there = Affiliation.objects.filter(institution=subject, person=OuterRef("person"))
        since = Q(ends_at=None) | Q(ends_at__gt=OuterRef("added_at"))
        return rows.filter(Exists(there.filter(since)))
    return rows.none()


def _conditions(subject: RevocationSubject) -> tuple[BulkRevocation.Kind, Q, Q, Q]:
    """Return the kind, and the conditions for grants, keys and requests under `subject`.

    A person's keys are those they hold and all others under their grants.
    """
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
    """Select what belongs to its people and what was requested in its name.

    Its people are those who work there, and those who did when their access was granted or at any
    time since.
    """
    there = Affiliation.objects.filter(institution=subject)
    named = Institution.objects.same_as([subject])
    asked = RequestInstitution.objects.filter(institution__in=named).values("access_request")
    grants = Q(_at(there, "holder")) | Q(access_request__in=asked)
    given = Grant.objects.filter(grants)
    people = User.objects.filter(pk__in=there.filter(ends_at=None).values("person"))
    return (
        BulkRevocation.Kind.INSTITUTION,
        grants,
        Q(holder__in=people) | Q(grant__in=given),
        Q(_at(there, "requester")) | Q(pk__in=asked),
    )


def _at(there: QuerySet[Affiliation], person: str) -> Exists:
    """Whether the person of a row works there, or did since the row was created."""
    since = Q(ends_at=None) | Q(ends_at__gt=OuterRef("created_at"))
    return Exists(there.filter(since, person=OuterRef(person)))
