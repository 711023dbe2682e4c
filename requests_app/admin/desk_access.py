"""What of the desk is offered to somebody: nobody gets a link to a list that has nothing for them.

Only what is shown depends on it; each page and action asks again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, Exists, Func, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import Retirement, Source, WeightsCustody
from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from requests_app.models import (
    BreakGlass,
    BulkRevocation,
    Delegation,
    ExternalKey,
    Grant,
    Policy,
    PolicyStep,
    Proposal,
    ServiceToken,
    StandingRule,
)
from requests_app.rules.break_glass import is_named
from requests_app.rules.roles import owner_groups

# To these nobody adds on their lists, so an empty one has nothing to do.
FILLED_ELSEWHERE: tuple[type[Model], ...] = (
    BreakGlass,
    BulkRevocation,
    Essay,
    ExternalKey,
    Grant,
    Proposal,
    Retirement,
    Source,
    StandingRule,
    WeightsCustody,
)


class HasRows(Func):
    """Whether a table has any row; on every page Django would take long to write as `Exists`."""

    template = "EXISTS (SELECT 1 FROM %(table)s)"

    def __init__(self, model: type[Model]) -> None:
        table = connection.ops.quote_name(model._meta.db_table)
        super().__init__(table=table, output_field=BooleanField())


@dataclass(frozen=True)
class DeskAccess:
    """What `who` is on the desk, and which tables have rows."""

    who: User
    has: Mapping[str, bool]

    @property
    def edits_catalogue(self) -> bool:
        active = self.who.is_active and self.who.is_staff
        return active and (self.who.is_superuser or self.has["editors"])

    @property
    def is_reviewer(self) -> bool:
        return self.has["steps"]

    @property
    def reviews(self) -> bool:
        return self.is_reviewer or self.has["delegations"]

    @property
    def owns(self) -> bool:
        return self.has["policies"]

    @property
    def sees_requests(self) -> bool:
        return self.reviews or self.owns or self.who.is_superuser

    @property
    def may_own(self) -> bool:
        """Whether they own a policy, or are in a group that could."""
        return self.has["owner_groups"] or self.who.is_superuser

    @property
    def sees_tokens(self) -> bool:
        """Whether they own a service token, or may need one for what they own."""
        return self.has["tokens"] or self.owns or self.who.is_superuser

    @property
    def sees_emergencies(self) -> bool:
        some = self.sees_requests and self.is_filled(BreakGlass)
        return some or is_named(self.who)

    def is_filled(self, model: type[Model]) -> bool:
        return self.has[str(model._meta.model_name)]


def of_reader(request: HttpRequest) -> DeskAccess:
    """Return it for the signed-in person, read once for each page by one query."""
    asked: Any = request
    if not hasattr(asked, "desk_access"):
        tests: dict[str, Any] = {
            str(model._meta.model_name): HasRows(model) for model in FILLED_ELSEWHERE
        }
        tests |= {name: Exists(rows) for name, rows in _found(asked.user).items()}
        row = User.objects.filter(pk=asked.user.pk).values_list(*tests.values()).get()
        asked.desk_access = DeskAccess(asked.user, dict(zip(tests, row, strict=True)))
    access: DeskAccess = asked.desk_access
    return access


def _found(who: User) -> dict[str, QuerySet[Any]]:
    groups = User.groups.through.objects.filter(user=who).values("group")
    deciding = PolicyStep.objects.filter(Q(reviewers__in=groups) | Q(alternates__in=groups))
    return {
        "editors": who.groups.filter(name=EDITORS),
        "steps": deciding,
        "delegations": Delegation.objects.current(timezone.now()).filter(delegate=who),
        "policies": Policy.objects.filter(owners__in=groups),
        "owner_groups": owner_groups(who),
        "tokens": ServiceToken.objects.filter(owner=who),
    }


class DeskLink(NamedTuple):
    """One link between the desk's own pages."""

    name: str
    address: str
    key: str = ""


def links(desk: DeskAccess) -> Iterator[DeskLink]:
    """Yield those with something for this person."""
    yield DeskLink("Waiting for me", reverse("admin:index"), "i")
    offered = {
        ("All requests", "accessrequest_changelist"): desk.sees_requests,
        ("My delegations", "delegation_changelist"): desk.reviews,
        ("My reminders", "reviewerpreference_changelist"): desk.reviews,
        ("Saved reasons", "savedreason_changelist"): desk.reviews or desk.owns,
        ("Dashboard", "accessrequest_dashboard"): desk.sees_requests,
        ("Service tokens", "servicetoken_changelist"): desk.sees_tokens,
        ("Emergency grants", "breakglass_changelist"): desk.sees_emergencies,
    }
    for (name, page), is_offered in offered.items():
        if is_offered:
            yield DeskLink(name, reverse(f"admin:requests_app_{page}"))
