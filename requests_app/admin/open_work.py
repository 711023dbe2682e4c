"""What else waits for somebody on the desk, besides requests, essays and emergencies."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.urls import reverse

from lifecycle.people.models import User
from requests_app.admin.desk_access import DeskAccess
from requests_app.models import ExternalKey, Proposal, Stage, StandingRule
from requests_app.rules.desk.visibility import groups_of
from requests_app.rules.roles import publishable_by
from requests_app.states import ProposalState, StandingRuleState
from requests_app.wording import titles

MAX_SHOWN = 10  # of each kind


class OpenWork(NamedTuple):
    """One thing to do, with the page on which it is done."""

    what: str
    name: str
    address: str


def open_work(desk: DeskAccess) -> Iterator[OpenWork]:
    """Yield it in a fixed number of queries, and none for what this person has no part in."""
    who, owns = desk.who, desk.owns or desk.who.is_superuser
    if owns:
        yield from _drafts(who)
    if owns and desk.is_filled(StandingRule):
        yield from _rules(who)
    if desk.edits_catalogue and desk.is_filled(Proposal):
        yield from _proposals(who)
    if owns:
        yield from _deadlocks(who)
    if owns and desk.is_filled(ExternalKey):
        yield from _stuck_keys(who)


def _owned(who: User, owners: str) -> Q:
    return Q() if who.is_superuser else Q(**{f"{owners}__in": groups_of(who)})


def _rows(what: str, rows: QuerySet[Any], name: str) -> Iterator[OpenWork]:
    for row in rows[:MAX_SHOWN]:
        yield OpenWork(what, str(row), reverse(f"admin:{name}_change", args=[row.pk]))


def _drafts(who: User) -> Iterator[OpenWork]:
    """Of the policies that they own, those that somebody else wrote: two people publish."""
    rows = publishable_by(who).select_related("policy").order_by("pk")
    yield from _rows("Draft that you can publish", rows, "requests_app_policyversion")


def _rules(who: User) -> Iterator[OpenWork]:
    rows = StandingRule.objects.filter(
        state=StandingRuleState.DRAFT, policy__owners__in=groups_of(who)
    ).exclude(author=who)
    rows = rows.order_by("pk")
    yield from _rows("Standing rule that you can publish", rows, "requests_app_standingrule")


def _proposals(who: User) -> Iterator[OpenWork]:
    rows = Proposal.objects.filter(state=ProposalState.WAITING).exclude(proposed_by=who)
    for row in rows.select_related("ai_model").order_by("proposed_at")[:MAX_SHOWN]:
        address = reverse("admin:requests_app_proposal_change", args=[row.pk])
        yield OpenWork("Change to the catalogue to decide on", str(row.ai_model), address)


def _deadlocks(who: User) -> Iterator[OpenWork]:
    owned = _owned(who, "access_request__policy_version__policy__owners")
    rows = Stage.objects.open().filter(owned, essay=None, deadlocked_at__isnull=False)
    rows = rows.select_related("access_request", "step", "revision")
    rows = rows.prefetch_related("revision__ai_models")
    for stage in rows.order_by("due_at")[:MAX_SHOWN]:
        page = "admin:requests_app_accessrequest_change"
        address = reverse(page, args=[stage.access_request_id])
        name = f"{titles.of_revision(stage.revision)}, “{stage.step}”"
        yield OpenWork("Step without enough reviewers", name, address)


def _stuck_keys(who: User) -> Iterator[OpenWork]:
    owned = _owned(who, "key__grant__access_request__policy_version__policy__owners")
    count = ExternalKey.objects.filter(owned, stuck_at__isnull=False).count()
    if count:
        address = reverse("admin:requests_app_externalkey_changelist") + "?standing=stuck"
        yield OpenWork("Keys that a gateway doesn't update", f"{count} stuck", address)
