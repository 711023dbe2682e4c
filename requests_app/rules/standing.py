"""Who is a member by a standing rule, and whether somebody's standing access still rests on it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db.models import Exists, Func, JSONField, Max, OuterRef, Q, QuerySet

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import system_reasons
from requests_app.models import Grant, MembershipKind, StandingMember, StandingRule
from requests_app.models.access.grant import GrantQuerySet
from requests_app.states import GRANT, StandingRuleState


def members(rule: StandingRule, now: datetime) -> QuerySet[User]:
    """Return the people in good standing to whom the rule applies."""
    people = _PEOPLE[MembershipKind(rule.kind)](_one(rule), now)
    return User.objects.filter(pk__in=people.values("user"), is_active=True)


def of_member(
    rules: QuerySet[StandingRule],
    person: User,
    now: datetime,
    kinds: Iterable[str] = MembershipKind.values,
) -> QuerySet[StandingRule]:
    """Return those of the rules of which the person is one of the `members`, in one query.

    `kinds` are those that the rules can be of.
    """
    applies = Q()
    for kind in map(MembershipKind, kinds):
        applies |= Q(Exists(_PEOPLE[kind](_outer(), now).filter(user=person)), kind=kind)
    in_good_standing = User.objects.filter(pk=person.pk, is_active=True)
    return rules.filter(applies, Exists(in_good_standing))


def holds(rule: StandingRule, person: User, now: datetime) -> bool:
    """Return whether the rule is in force and the person is a member now."""
    return why_lost(rule, person, now) is None


def why_lost(rule: StandingRule, person: User, now: datetime) -> str | None:
    """Return the reason, in English, for which standing access ends now; None if it goes on."""
    if rule.state == StandingRuleState.ENDED:
        return system_reasons.STANDING_RULE_ENDED % {
            "name": rule.name,
            "reason": rule.closing_reason,
        }
    if rule.ends_at <= now:
        return system_reasons.STANDING_RULE_OVER % {"name": rule.name}
    if not members(rule, now).filter(pk=person.pk).exists():
        return system_reasons.MEMBERSHIP_ENDED % {"name": rule.name}
    return None


class _Rule(NamedTuple):
    """What a rule says of its members: as values, or as columns of an outer query's rules."""

    pk: Any
    pk_two_levels_out: Any
    group: Any
    provider: Any
    claim_name: Any
    claim: Any
    claim_with_others: Any


def _one(rule: StandingRule) -> _Rule:
    name, value = rule.claim_name, rule.claim_value
    one, listed = {name: value}, {name: [value]}
    return _Rule(rule.pk, rule.pk, rule.group_id, rule.claim_provider, name, one, listed)


def _outer() -> _Rule:
    pk, name, value = OuterRef("pk"), OuterRef("claim_name"), OuterRef("claim_value")
    return _Rule(
        pk,
        OuterRef(pk),
        OuterRef("group"),
        OuterRef("claim_provider"),
        name,
        _json("object", name, value),
        _json("object", name, _json("array", value)),
    )


def _json(kind: str, *parts: Any) -> Func:
    return Func(*parts, function=f"jsonb_build_{kind}", output_field=JSONField())


def of_group(rule: _Rule, now: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = User.groups.through.objects.filter(group=rule.group)
    return rows


def of_claim(rule: _Rule, now: datetime) -> QuerySet[Any]:
    """Return the external accounts that have the claim by a sign-in that isn't too old.

    The answer of the userinfo endpoint counts; the ID token only where that doesn't have the claim
    (OpenID Connect Core 1.0, 5.3 and 2).
    """
    rows: QuerySet[Any] = SocialAccount.objects.filter(
        # A provider that the site no longer trusts with sign-in vouches for nobody either.
        provider__in=list(settings.SIGN_IN_PROVIDERS),
        last_login__gt=now - settings.STANDING_SIGN_IN_AGE,
    )
    asked = Q(extra_data__userinfo__has_key=rule.claim_name)
    has_claim = asked & _has("userinfo", rule) | ~asked & _has("id_token", rule)
    return rows.filter(has_claim, provider=rule.provider)


def _has(part: str, rule: _Rule) -> Q:
    """Match a claim that is this text, or a list with it in it."""
    lookup = f"extra_data__{part}__contains"
    return Q(**{lookup: rule.claim}) | Q(**{lookup: rule.claim_with_others})


def of_list(rule: _Rule, now: datetime) -> QuerySet[Any]:
    """Return those who have verified a listed address, except those who listed it themselves."""
    listed = StandingMember.objects.filter(
        rule=rule.pk_two_levels_out, removed_at=None, email=OuterRef("email")
    )
    by_others = listed.exclude(added_by=OuterRef("user"))
    rows: QuerySet[Any] = EmailAddress.objects.filter(Exists(by_others), verified=True)
    return rows


_PEOPLE: Mapping[MembershipKind, Callable[[_Rule, datetime], QuerySet[Any]]] = {
    MembershipKind.GROUP: of_group,
    MembershipKind.CLAIM: of_claim,
    MembershipKind.LIST: of_list,
}


def member_until(rule: StandingRule, person: User, now: datetime) -> datetime | None:
    """Return until when the last sign-in vouches for a claim; None for other kinds of rules."""
    if rule.kind != MembershipKind.CLAIM:
        return None
    accounts = of_claim(_one(rule), now).filter(user=person)
    last = accounts.aggregate(last=Max("last_login"))["last"]
    return last + settings.STANDING_SIGN_IN_AGE if last else now


def live_grants(person: User) -> GrantQuerySet:
    rows = Grant.objects.standing().filter(holder=person, state__in=GRANT.live)
    return rows.select_related("access_request__standing_rule")


def lost_grants(rule: StandingRule, now: datetime) -> GrantQuerySet:
    """Return the rule's live grants that it no longer supports."""
    grants = Grant.objects.live().filter(access_request__standing_rule=rule).order_by("pk")
    if rule.state != StandingRuleState.PUBLISHED or rule.ends_at <= now:
        return grants
    return grants.exclude(holder__in=members(rule, now).values("pk"))


def rules_of(person: User, now: datetime, *, ai_model: AIModel | None = None) -> list[StandingRule]:
    """Return the rules in force by which the person is a member, but not those they made."""
    others = StandingRule.objects.in_force(now).exclude(Q(author=person) | Q(published_by=person))
    rows = others.filter(ai_models=ai_model) if ai_model else others
    rules = list(rows.select_related("policy", "group").order_by("pk"))
    joined = member_of(rules, person, now)
    return [rule for rule in rules if rule.pk in joined]


def member_of(rules: Sequence[StandingRule], person: User, now: datetime) -> set[int]:
    """Return ids of those of the rules of which the person is a member."""
    if not rules:
        return set()
    known = StandingRule.objects.filter(pk__in=[rule.pk for rule in rules])
    joined = of_member(known, person, now, {rule.kind for rule in rules})
    return set(joined.values_list("pk", flat=True))
