"""Everything that merging an institution into another moves or changes."""

import hashlib
import json
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from lifecycle.people.models import Affiliation, Institution, User
from requests_app.models import AccessRequest, Grant, RequestInstitution, Stage
from requests_app.states import UNDECIDED
from requests_app.transitions.affected import affected_by


@dataclass(frozen=True)
class Merger:
    """An institution that becomes a name of another, and what moves with it."""

    old: Institution
    into: Institution

    @property
    def names(self) -> QuerySet[Institution]:
        """All names that will stand for the other one."""
        return Institution.objects.same_as([self.old])

    @property
    def people(self) -> QuerySet[User]:
        """Those whose profile names it now."""
        return User.objects.filter(institution=self.old)

    @property
    def requests(self) -> QuerySet[AccessRequest]:
        """Requests that named it when they were first sent."""
        return AccessRequest.objects.filter(institutions__institution__in=self.names).distinct()

    @property
    def grants(self) -> QuerySet[Grant]:
        """Live grants that ending everything under it would end."""
        return affected_by(self.old).grants

    @property
    def undecided(self) -> QuerySet[AccessRequest]:
        """Requests that name either one and wait for reviewers or for their requester."""
        named = Institution.objects.same_as([self.old, self.into])
        rows = AccessRequest.objects.filter(institutions__institution__in=named)
        return rows.filter(state__in=UNDECIDED).distinct()

    @property
    def barred(self) -> QuerySet[Stage]:
        """Open steps with reviewers who become colleagues of the requester, and can't decide."""
        found = _with_colleagues(self.old, self.into) | _with_colleagues(self.into, self.old)
        return Stage.objects.open().filter(found, essay=None)

    @property
    def digest(self) -> str:
        """Tell whether what moves is what a preview showed."""
        moving = [self.people, self.requests, self.undecided]
        ids = [sorted(rows.order_by().values_list("pk", flat=True)) for rows in moving]
        return hashlib.sha256(json.dumps(ids).encode()).hexdigest()


def _with_colleagues(asks_from: Institution, works_at: Institution) -> Q:
    """Select steps of requests from one place whose reviewers work, or since worked, at another."""
    since = Q(ends_at=None) | Q(ends_at__gt=OuterRef("at"))
    decides = Q(person__groups=OuterRef(OuterRef("step__reviewers")))
    decides |= Q(person__groups=OuterRef(OuterRef("step__alternates")))
    held = Affiliation.objects.filter(since, decides, institution=works_at)
    named = RequestInstitution.objects.filter(
        Exists(held),
        access_request=OuterRef("access_request"),
        institution__in=Institution.objects.same_as([asks_from]),
    )
    return Q(Exists(named), access_request__policy_version__institution_conflict=True)
