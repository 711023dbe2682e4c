"""What a member can start by a standing rule now, and the sentence that refuses it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
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
from requests_app.rules.suspension import ended_suspended
from requests_app.states import GrantState, StandingRuleState
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
    _check_person(rule, by, now)
    version = rule.policy.current
    if version is None:
        raise WrongState(_("The policy of this access has no published terms yet."))
    ai_models = _free_models(rule, by, now)
    _check_standing(rule, ai_models, by)
    return StandingOffer(rule, version, ai_models, _scope(rule, version, ai_models))


def why_not(rule: StandingRule, by: User, now: datetime) -> str | None:
    """Return the sentence that refuses a start now; None if it is possible."""
    try:
        offer(rule, by, now)
    except Refusal as refusal:
        return refusal.sentence
    return None


def offers_for(by: User, now: datetime, *, ai_model: AIModel | None = None) -> list[StandingOffer]:
    """Return all that the person can start now without review, by rules for a model if given."""
    found = []
    for rule in standing.rules_of(by, now, ai_model=ai_model):
        try:
            found.append(offer(rule, by, now))
        except Refusal:
            continue
    return found


def _check_person(rule: StandingRule, by: User, now: datetime) -> None:
    if not User.objects.filter(pk=by.pk, is_active=True).exists():
        raise NotAllowed(_("This account is not in good standing."))
    if rule.state != StandingRuleState.PUBLISHED or rule.ends_at <= now:
        raise WrongState(_("“%(rule)s” is over. You can send a request instead.") % {"rule": rule})
    if by.pk in (rule.author_id, rule.published_by_id):
        raise NotAllowed(
            _("You helped to make “%(rule)s”, so you can't use it. Send a request instead.")
            % {"rule": rule}
        )
    if not standing.members(rule, now).filter(pk=by.pk).exists():
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


def _free_models(rule: StandingRule, by: User, now: datetime) -> list[AIModel]:
    """Return the rule's models that the person can start; raises the reason if none is left."""
    rows = rule.ai_models.filter(policies=rule.policy_id).prefetch_related("retirements")
    refusals: list[str] = []
    free = []
    for ai_model in rows.order_by("identifier"):
        if sentence := _why_not_model(ai_model, by, now):
            refusals.append(sentence)
        else:
            free.append(ai_model)
    if not free:
        none = _("No model of “%(rule)s” is under its policy any more.") % {"rule": rule}
        raise WrongState(refusals[0] if refusals else none)
    return free


def _why_not_model(ai_model: AIModel, by: User, now: datetime) -> str | None:
    params = {"ai_model": ai_model}
    if ai_model.withdrawn_at and ai_model.withdrawn_at <= now:
        return _("%(ai_model)s has been withdrawn, so nobody can use it any more.") % params
    if not ai_model.is_retired(now.date()):
        return (
            _("%(ai_model)s isn't retired yet. Until then, use it through its provider.") % params
        )
    try:
        requested_models.check_not_held([ai_model], by=by, but=None)
    except Refusal as refusal:
        return refusal.sentence
    return None


def _check_standing(rule: StandingRule, ai_models: Sequence[AIModel], by: User) -> None:
    """Refuse a second start, and one past an owner's suspension or revocation."""
    held = standing.live_grants(by).filter(access_request__standing_rule=rule).first()
    if held:
        raise WrongState(
            _("You already have access by “%(rule)s”: %(grant)s.") % {"rule": rule, "grant": held}
        )
    before = Grant.objects.filter(holder=by, granted_models__ai_model__in=ai_models).distinct()
    # Nobody gets around an owner's decision by starting again: only a review lifts it.
    if stopped := _revoked(before, rule) or _suspended(before):
        raise WrongState(
            _(
                "An owner of the policy stopped your access %(grant)s, so it can't start again "
                "without a review. Send a request instead."
            )
            % {"grant": stopped}
        )


def _revoked(before: QuerySet[Grant], rule: StandingRule) -> Grant | None:
    """Return a grant that somebody revoked.

    What ended with a whole policy or model, before the rule was published, was not about them.
    """
    kinds = (BulkRevocation.Kind.POLICY, BulkRevocation.Kind.MODEL)
    general = BulkRevocation.objects.filter(kind__in=kinds, at__lt=rule.published_at)
    for grant in before.filter(state=GrantState.REVOKED).order_by("pk"):
        if not general.filter(grants__contains=[grant.public_id]).exists():
            return grant
    return None


def _suspended(before: QuerySet[Grant]) -> Grant | None:
    """Return a grant that ended while an owner had suspended it."""
    return next(iter(ended_suspended(before.filter(state=GrantState.ENDED))), None)


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
