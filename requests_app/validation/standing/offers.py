"""What a member can start by a standing rule now, and the sentence that refuses it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, prefetch_related_objects
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.durations import format_duration
from requests_app.models import (
    BulkRevocation,
    Grant,
    MembershipKind,
    PolicyVersion,
    Scope,
    StandingRule,
    UsageLimits,
)
from requests_app.models.requests.scope import LIMIT_FIELDS
from requests_app.refusals import NotAllowed, Refusal, WrongState
from requests_app.rules import standing
from requests_app.rules.permissions import NOT_IN_GOOD_STANDING
from requests_app.rules.suspension import ended_suspended
from requests_app.states import GrantState, StandingRuleState, VersionState
from requests_app.validation import requested_models
from requests_app.wording.standing import provider_label


@dataclass(frozen=True)
class StandingOffer:
    """What starts, under which terms: a member accepts exactly this."""

    rule: StandingRule
    version: PolicyVersion
    ai_models: Sequence[AIModel]
    scope: Scope

    @property
    def digest(self) -> str:
        """Return SHA-256 over the rule, the terms, and what starts."""
        shown = [self.rule.public_id, self.version.pk, self.scope.as_details()]
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def offer(rule: StandingRule, by: User, now: datetime) -> StandingOffer:
    """Return what `by` can start by the rule now. Raises NotAllowed or WrongState."""
    member_of = standing.member_of([rule], by, now)
    return _offer(rule, _Holdings([rule], by, now, member_of))


def why_not(rule: StandingRule, by: User, now: datetime) -> str | None:
    """Return the sentence that refuses a start now; None if it is possible."""
    try:
        offer(rule, by, now)
    except Refusal as refusal:
        return refusal.sentence
    return None


def offers_for(by: User, now: datetime, *, ai_model: AIModel | None = None) -> list[StandingOffer]:
    """Return all that the person can start now without review, by rules for a model if given."""
    rules = standing.rules_of(by, now, ai_model=ai_model)
    if not rules:
        return []
    holdings = _Holdings(rules, by, now, {rule.pk for rule in rules})
    found = []
    for rule in rules:
        try:
            found.append(_offer(rule, holdings))
        except Refusal:
            continue
    return found


class _Holdings:
    """All that decides what a person can start by some rules, in a fixed number of queries."""

    def __init__(
        self, rules: Sequence[StandingRule], by: User, now: datetime, member_of: set[int]
    ) -> None:
        """`member_of` are ids of those of the rules of which the person is a member."""
        self.by, self.now, self.member_of = by, now, member_of
        self.is_active = User.objects.filter(pk=by.pk, is_active=True).exists()
        keys = [rule.pk for rule in rules]
        self.versions = _versions(rules)
        self.ai_models = _models(keys)
        named = {row.pk: row for rows in self.ai_models.values() for row in rows}.values()
        self.held = requested_models.why_held(named, by=by)
        self.started = {
            grant.access_request.standing_rule_id: grant for grant in standing.live_grants(by)
        }
        before = Grant.objects.filter(holder=by, granted_models__ai_model__in=named).distinct()
        over = before.filter(state__in=(GrantState.REVOKED, GrantState.ENDED)).order_by("pk")
        ended = [grant for grant in over if grant.state == GrantState.ENDED]
        revoked = [grant for grant in over if grant.state == GrantState.REVOKED]
        self.revoked = _with_models(revoked)
        self.revoked_in_bulk = _revoked_in_bulk(self.revoked)
        # Those that ended while an owner had suspended them.
        self.suspended = _with_models(_suspended(ended))


def _versions(rules: Iterable[StandingRule]) -> dict[int, PolicyVersion]:
    """Return the current version of each rule's policy, as `Policy.current` does for one."""
    published = PolicyVersion.objects.filter(
        policy__in={rule.policy_id for rule in rules}, state=VersionState.PUBLISHED
    )
    in_order = published.select_related("policy").order_by("number")
    return {version.policy_id: version for version in in_order}


def _models(rules: Sequence[int]) -> Mapping[int, list[AIModel]]:
    """Return the models of each rule that are under its policy, in order."""
    rows = StandingRule.ai_models.through.objects.filter(
        standingrule__in=rules, aimodel__policy_model__policy=F("standingrule__policy")
    )
    related = rows.select_related("aimodel").prefetch_related("aimodel__retirements")
    found: dict[int, list[AIModel]] = defaultdict(list)
    for row in related.order_by("aimodel__identifier"):
        found[row.standingrule_id].append(row.aimodel)
    return found


def _suspended(ended: Sequence[Grant]) -> list[Grant]:
    rows = Grant.objects.filter(pk__in=[grant.pk for grant in ended])
    return ended_suspended(rows) if ended else []


def _with_models(grants: Iterable[Grant]) -> list[tuple[Grant, set[int]]]:
    rows = list(grants)
    prefetch_related_objects(rows, "granted_models")
    return [(row, {one.ai_model_id for one in row.granted_models.all()}) for row in rows]


def _revoked_in_bulk(revoked: Iterable[tuple[Grant, set[int]]]) -> dict[str, datetime]:
    """Return when those of the grants were revoked that ended with a whole policy or model."""
    ids = [grant.public_id for grant, _ in revoked]
    if not ids:
        return {}
    kinds = (BulkRevocation.Kind.POLICY, BulkRevocation.Kind.MODEL)
    rows = BulkRevocation.objects.filter(kind__in=kinds, grants__overlap=ids).order_by("-at")
    return {public_id: row.at for row in rows for public_id in row.grants}


def _offer(rule: StandingRule, holdings: _Holdings) -> StandingOffer:
    _check_person(rule, holdings)
    version = holdings.versions.get(rule.policy_id)
    if version is None:
        raise WrongState(_("The policy of this access has no published terms yet."))
    ai_models = _free_models(rule, holdings)
    _check_standing(rule, ai_models, holdings)
    return StandingOffer(rule, version, ai_models, _scope(rule, version, ai_models))


def _check_person(rule: StandingRule, holdings: _Holdings) -> None:
    if not holdings.is_active:
        raise NotAllowed(_(NOT_IN_GOOD_STANDING))
    if rule.state != StandingRuleState.PUBLISHED or rule.ends_at <= holdings.now:
        raise WrongState(_("“%(rule)s” is over. You can send a request instead.") % {"rule": rule})
    if holdings.by.pk in (rule.author_id, rule.published_by_id):
        raise NotAllowed(
            _("You helped to make “%(rule)s”, so you can't use it. Send a request instead.")
            % {"rule": rule}
        )
    if rule.pk not in holdings.member_of:
        raise NotAllowed(_no_member(rule))


def _no_member(rule: StandingRule) -> str:
    if rule.kind == MembershipKind.CLAIM:
        return _(
            "You aren't a member for “%(rule)s”, by a sign-in with %(provider)s in the last "
            "%(length)s. Sign in with it again, or send a request instead."
        ) % {
            "rule": rule,
            "provider": provider_label(rule),
            "length": format_duration(settings.STANDING_SIGN_IN_AGE),
        }
    return _("You aren't a member for “%(rule)s”. You can send a request instead.") % {"rule": rule}


def _free_models(rule: StandingRule, holdings: _Holdings) -> list[AIModel]:
    """Return the rule's models that the person can start; raises the reason if none is left."""
    refusals: list[str] = []
    free = []
    for ai_model in holdings.ai_models.get(rule.pk, ()):
        if sentence := _why_not_model(ai_model, holdings):
            refusals.append(sentence)
        else:
            free.append(ai_model)
    if not free:
        none = _("No model of “%(rule)s” is under its policy any more.") % {"rule": rule}
        raise WrongState(refusals[0] if refusals else none)
    return free


def _why_not_model(ai_model: AIModel, holdings: _Holdings) -> str | None:
    params = {"ai_model": ai_model}
    if ai_model.withdrawn_at and ai_model.withdrawn_at <= holdings.now:
        return _("%(ai_model)s has been withdrawn, so nobody can use it any more.") % params
    if not ai_model.is_retired(holdings.now.date()):
        return (
            _("%(ai_model)s isn't retired yet. Until then, use it through its provider.") % params
        )
    return holdings.held.get(ai_model.pk)


def _check_standing(rule: StandingRule, ai_models: Sequence[AIModel], holdings: _Holdings) -> None:
    """Refuse a second start, and one past an owner's suspension or revocation."""
    if held := holdings.started.get(rule.pk):
        raise WrongState(
            _("You already have access by “%(rule)s”: %(grant)s.") % {"rule": rule, "grant": held}
        )
    # Nobody gets around an owner's decision by starting again: only a review lifts it.
    if stopped := _stopped(rule, {ai_model.pk for ai_model in ai_models}, holdings):
        raise WrongState(
            _(
                "An owner of the policy stopped your access %(grant)s, so it can't start again "
                "without a review. Send a request instead."
            )
            % {"grant": stopped}
        )


def _stopped(rule: StandingRule, ai_models: set[int], holdings: _Holdings) -> Grant | None:
    """Return a grant of the models that somebody revoked, or that ended suspended.

    What ended with a whole policy or model, before the rule was published, was not about them.
    """
    assert rule.published_at  # its state was looked at
    for grant, named in holdings.revoked:
        at = holdings.revoked_in_bulk.get(grant.public_id)
        if named & ai_models and not (at and at < rule.published_at):
            return grant
    return next((grant for grant, named in holdings.suspended if named & ai_models), None)


def _scope(rule: StandingRule, version: PolicyVersion, ai_models: Sequence[AIModel]) -> Scope:
    """Return what starts: never more than the policy's current version allows.

    The end of the rule, which may come earlier, is heeded when the grant becomes active.
    """
    return Scope(
        tuple(sorted(ai_model.identifier for ai_model in ai_models)),
        tuple(sorted(rule.operations)),
        min(rule.duration, version.max_duration),
        _lower(rule.limits(), version.limits()),
    )


def _lower(one: UsageLimits, other: UsageLimits) -> UsageLimits:
    """Return the lower of each limit."""
    pairs = ((getattr(one, name), getattr(other, name)) for name in LIMIT_FIELDS)
    return UsageLimits(*(min((n for n in pair if n is not None), default=None) for pair in pairs))
