"""Draft, edit, publish and end standing rules."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app import system_reasons
from requests_app.actions.policies import refuse
from requests_app.actions.standing import access
from requests_app.models import Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.refusals import NotAllowed, WrongState
from requests_app.rules import permissions, standing
from requests_app.rules.permissions import check, checked_reason
from requests_app.rules.roles import in_group
from requests_app.states import StandingRuleState
from requests_app.transitions.policy_locks import (
    lock_policy,
    lock_rules_of_policy,
    lock_standing_rule,
)
from requests_app.transitions.transition import move, record_event
from requests_app.validation.standing.rule_input import (
    cleaned,
    columns,
    digest,
    input_of,
    problems,
    why_not_in_force,
)

OWNERS_ONLY = "Only the policy's owners can draft a standing rule."
REASON_REQUIRED = "Give a reason. Everyone who loses access will see it."
CHANGED = "Someone has changed this rule since you opened it. Reload the page."


@transaction.atomic
def draft(policy: Policy, text: StandingRuleInput, *, by: User) -> StandingRule:
    """Create a rule as a draft, which grants nothing before another owner publishes it."""
    policy, now = lock_policy(policy.pk), timezone.now()
    if sentence := why_not_draft(policy, by):
        raise NotAllowed(sentence)
    text = cleaned(text)
    refuse(problems(text, policy, now))
    rule = StandingRule.objects.create(policy=policy, author=by, created_at=now, **columns(text))
    rule.ai_models.set(text.ai_models)
    _note(rule, "standing_rule.drafted", text, by=by, now=now)
    return rule


def why_not_draft(policy: Policy, by: User) -> str | None:
    """Return the sentence that refuses to draft a rule; None if it is allowed."""
    active = User.objects.filter(pk=by.pk, is_active=True).exists()
    return None if active and in_group(by, policy.owners_id) else OWNERS_ONLY


def _note(
    rule: StandingRule, kind: str, text: StandingRuleInput, *, by: User, now: datetime
) -> None:
    record_event(rule, kind, by=by, at=now, details={"rule": rule.name, "text": digest(text)})


@transaction.atomic
def edit(rule: StandingRule, text: StandingRuleInput, *, by: User, shown: str = "") -> StandingRule:
    """Change a draft. Only its author can, so that another owner has read all of it."""
    rule, now = lock_standing_rule(rule.pk), timezone.now()
    check("edit", rule, by)
    _check_shown(rule, shown)
    text = cleaned(text)
    refuse(problems(text, rule.policy, now))
    for name, value in columns(text).items():
        setattr(rule, name, value)
    rule.save()
    rule.ai_models.set(text.ai_models)
    _note(rule, "standing_rule.edited", text, by=by, now=now)
    return rule


def _check_shown(rule: StandingRule, shown: str) -> None:
    if shown and shown != digest(input_of(rule)):
        raise WrongState(CHANGED)


@transaction.atomic
def publish(rule: StandingRule, *, by: User, shown: str = "") -> StandingRule:
    """Let members start access from now on. `shown` is the digest of what the publisher read."""
    rule, now = lock_standing_rule(rule.pk), timezone.now()
    check("publish", rule, by)
    _check_shown(rule, shown)
    refuse(why_not_in_force(rule, now))
    details = {"rule": rule.name, "text": digest(input_of(rule))}
    move(rule, "publish", by=by, at=now, details=details, published_at=now, published_by=by)
    return rule


def why_not_publish(rule: StandingRule, by: User, now: datetime) -> str | None:
    """Return the sentence that refuses to publish the rule; None if it is allowed."""
    refusals = (sentence for _, sentence in why_not_in_force(rule, now))
    return permissions.why_not("publish", rule, by) or next(refusals, None)


@transaction.atomic
def end(rule: StandingRule, *, by: User, reason: str) -> StandingRule:
    """End a rule and all access by it; the keys are refused from this commit. Or drop a draft."""
    rule, now = lock_standing_rule(rule.pk), timezone.now()
    check("end", rule, by)
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    _close(rule, by=by, reason=reason, now=now)
    return rule


def end_all(policy: Policy, *, by: User, reason: str, now: datetime) -> None:
    """End the published rules of a policy for a caller that has revoked all access under it."""
    for rule in lock_rules_of_policy(policy):
        if rule.state == StandingRuleState.PUBLISHED:
            _close(rule, by=by, reason=reason, now=now)


@transaction.atomic
def end_due(rule_id: int, *, now: datetime) -> bool:
    """End a rule whose end has come, with all access by it; False otherwise."""
    rule = lock_standing_rule(rule_id)
    if not StandingRule.objects.due_for_end(now).filter(pk=rule.pk).exists():
        return False
    _close(rule, by=None, reason=system_reasons.REACHED_ITS_END, now=now)
    return True


def _close(rule: StandingRule, *, by: User | None, reason: str, now: datetime) -> None:
    details = {"rule": rule.name, "reason": reason}
    fields: dict[str, Any] = {"closed_at": now, "closed_by": by, "closing_reason": reason}
    move(rule, "end", by=by, at=now, details=details, **fields)
    access.end_lost(standing.lost_grants(rule, now).ids(), by=by, now=now)
