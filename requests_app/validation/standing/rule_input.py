"""Convert standing rules between rows and input, and validate them."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from lifecycle.text.durations import format_duration
from lifecycle.text.normalization import one_line
from lifecycle.text.validation import line_problem
from requests_app.models import OPERATIONS, MembershipKind, Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.wording import limits

RuleFinding = tuple[str, str]  # a field, or "" for the whole, and a sentence

MAX_NAME_LENGTH = 100
MAX_LIFETIME = timedelta(days=731)
MAX_CLAIM_LENGTHS = {"claim_name": 100, "claim_value": 200}


def input_of(rule: StandingRule) -> StandingRuleInput:
    """Return the content of a stored rule."""
    values = {
        column.name: getattr(rule, column.name)
        for column in fields(StandingRuleInput)
        if column.name != "ai_models"
    }
    return StandingRuleInput(ai_models=list(rule.ai_models.order_by("identifier")), **values)


def cleaned(text: StandingRuleInput) -> StandingRuleInput:
    """Return the input normalized, as it is stored: what its kind doesn't use is empty."""
    is_claim = text.kind == MembershipKind.CLAIM
    claim: dict[str, Any] = {
        name: one_line(getattr(text, name)) if is_claim else "" for name in CLAIM
    }
    return replace(
        text,
        name=one_line(text.name),
        group=text.group if text.kind == MembershipKind.GROUP else None,
        operations=[name for name in OPERATIONS if name in text.operations],
        **claim,
    )


CLAIM = ("claim_provider", "claim_name", "claim_value")


def columns(text: StandingRuleInput) -> dict[str, Any]:
    """Return the columns of a rule without its models."""
    return {name: value for name, value in vars(text).items() if name != "ai_models"}


def digest(text: StandingRuleInput) -> str:
    """Return SHA-256 over the whole content, to detect changes since it was shown."""
    models = sorted(ai_model.identifier for ai_model in text.ai_models)
    values = {**columns(text), "group": text.group and text.group.pk, "ai_models": models}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def problems(text: StandingRuleInput, policy: Policy, now: datetime) -> Iterator[RuleFinding]:
    """Yield what prevents a rule from being stored, even as a draft."""
    if not 0 < len(text.name) <= MAX_NAME_LENGTH or line_problem(text.name):
        yield "name", f"A rule needs a name: one line of at most {MAX_NAME_LENGTH} characters."
    covered = set(policy.ai_models.values_list("pk", flat=True))
    if not text.ai_models:
        yield "ai_models", "Choose at least one model."
    for ai_model in text.ai_models:
        if ai_model.pk not in covered:
            yield "ai_models", f"{ai_model} isn't covered by this policy. Choose a model that is."
    if not text.operations:
        yield "operations", f"Choose from: {', '.join(OPERATIONS)}."
    if text.duration < timedelta(days=1):
        yield "duration", "Access must last at least a day."
    if not now < text.ends_at <= now + MAX_LIFETIME:
        most = format_duration(MAX_LIFETIME)
        yield "ends_at", f"A rule must end in the future, within {most}. You can publish another."
    yield from limits.problems(text.limits())
    yield from _membership_problems(text)


def _membership_problems(text: StandingRuleInput) -> Iterator[RuleFinding]:
    if text.kind not in MembershipKind.values:
        yield "kind", f"Choose one of: {', '.join(MembershipKind.values)}."
    elif text.kind == MembershipKind.GROUP and text.group is None:
        yield "group", "Choose the group whose members may start access."
    elif text.kind == MembershipKind.CLAIM:
        yield from _claim_problems(text)


def _claim_problems(text: StandingRuleInput) -> Iterator[RuleFinding]:
    if text.claim_provider not in settings.SIGN_IN_PROVIDERS:
        yield "claim_provider", "Choose one of the sign-in providers of this site."
    for name, most in MAX_CLAIM_LENGTHS.items():
        value = getattr(text, name)
        if not 0 < len(value) <= most or line_problem(value):
            yield name, f"Enter one line of at most {most} characters."


def why_not_in_force(rule: StandingRule, now: datetime) -> Iterator[RuleFinding]:
    """Yield what prevents a rule from being published by anybody."""
    text = input_of(rule)
    yield from problems(text, rule.policy, now)
    version = rule.policy.current
    if version is None:
        yield "", "Publish a version of the policy first: members accept its terms."
        return
    if text.duration > version.max_duration:
        most = format_duration(version.max_duration)
        yield "duration", f"Without review, access can't last longer than the policy's {most}."
    if not version.limits().contains(text.limits()):
        allowed = limits.sentence(version.limits())
        yield "", f"Without review, limits can't be wider than the policy's. {allowed}"
