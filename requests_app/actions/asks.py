"""What a researcher asks for, and whether it can be asked: unknown models, dates, limits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import (
    OPERATIONS,
    AccessRequest,
    Grant,
    PolicyModel,
    PolicyVersion,
    RequestedModel,
    Revision,
    Track,
)
from requests_app.rules import Invalid
from requests_app.states import GRANT

LONGEST_PURPOSE = 10_000
LONGEST_APPEAL = 16_000  # a purpose with the longest reason before it
MOST_COLLABORATORS = 20
HIGHEST_COST = 10_000_000
LATEST_START = timedelta(days=365)


@dataclass(frozen=True)
class Ask:
    """What one form or API call says.

    The dates are UTC days, and say from when and how long: a late approval shortens nothing.
    """

    identifiers: tuple[str, ...]
    purpose: str
    starts_on: date
    ends_on: date
    operations: tuple[str, ...] = OPERATIONS
    expected_cost: int = 0
    track: str = Track.ACADEMIC
    collaborators: tuple[str, ...] = ()


def check_ask(
    ask: Ask,
    *,
    by: User,
    now: datetime,
    to: AccessRequest | None,
    sending: bool,
    continues: Grant | None = None,
) -> tuple[list[AIModel], PolicyVersion]:
    """All that an ask must meet, whether it was typed just now or stored in a draft that waited.

    `to` is the locked request that it changes, `continues` the locked grant that it is to go on
    from. Raises Invalid; gives the models and the version.
    """
    today, is_appeal = now.date(), bool(to and to.appeal_of_id)
    ai_models = models_asked_for(ask, now=now)
    version = version_for(ai_models)
    check_free(ai_models, by=by, but=to, continues=continues)
    if not is_appeal:
        check_wait(ai_models, by=by, today=today)
    check_dates(ask, version, today, sent=_sent(to) if to else None)
    check_purpose(ask.purpose, needed=sending, is_appeal=is_appeal)
    check_scope(ask)
    collaborators_of(ask, by=by)
    return ai_models, version


def _sent(access_request: AccessRequest) -> Revision | None:
    """The text that was sent last."""
    return access_request.revisions.exclude(submitted_at=None).order_by("number").last()


def models_asked_for(ask: Ask, *, now: datetime) -> list[AIModel]:
    """The models, or Invalid with the first reason why one of them can't be asked for."""
    if not ask.identifiers:
        raise Invalid({"identifiers": _("Choose the model that you need.")})
    named = AIModel.objects.filter(identifier__in=ask.identifiers)
    rows = named.prefetch_related("retirements", "access_routes")
    found = {ai_model.identifier: ai_model for ai_model in rows}
    for identifier in ask.identifiers:
        if sentence := _why_not_asked(identifier, found.get(identifier), now.date()):
            raise Invalid({"identifiers": sentence})
    return list(found.values())


def _why_not_asked(identifier: str, ai_model: AIModel | None, today: date) -> str | None:
    if ai_model is None:
        return _(
            "There is no model “%(identifier)s” in the catalogue. Choose one from the list."
        ) % {"identifier": identifier[:100]}
    if not ai_model.is_by_request():
        return _(
            "%(ai_model)s can't be asked for: its provider doesn't offer access by request."
        ) % {"ai_model": ai_model}
    if not ai_model.is_retired(today):
        return _("%(ai_model)s isn't retired yet. Use it through its provider until then.") % {
            "ai_model": ai_model
        }
    return None


def version_for(ai_models: Sequence[AIModel]) -> PolicyVersion:
    """The published version of the one policy that all these models are under."""
    rows = PolicyModel.objects.filter(ai_model__in=ai_models).select_related("policy")
    policies = {row.ai_model_id: row.policy for row in rows}
    for ai_model in ai_models:
        policy = policies.get(ai_model.pk)
        if policy is None or policy.current is None:
            raise Invalid(
                {
                    "identifiers": _("%(ai_model)s has no published policy yet. Try again later.")
                    % {"ai_model": ai_model}
                }
            )
    if len(set(policies.values())) > 1:
        raise Invalid(
            {"identifiers": _("These models have different policies. Ask for each by itself.")}
        )
    current = policies[ai_models[0].pk].current
    assert current is not None  # checked in the loop
    return current


def check_free(
    ai_models: Sequence[AIModel],
    *,
    by: User,
    but: AccessRequest | None,
    continues: Grant | None = None,
) -> None:
    """One open request and no live access for each person and model. The person is locked."""
    taken = RequestedModel.objects.filter(requester=by, ai_model__in=ai_models, is_open=True)
    other = taken.exclude(access_request=but).select_related("ai_model", "access_request").first()
    if other:
        raise Invalid(
            {
                "identifiers": _(
                    "You already have an open request for %(ai_model)s: %(access_request)s. "
                    "Continue that one, or withdraw it first."
                )
                % {"ai_model": other.ai_model, "access_request": other.access_request}
            }
        )
    live = Grant.objects.filter(holder=by, state__in=GRANT.live)
    if continues:
        live = live.exclude(pk=continues.pk)
    grant = live.filter(granted_models__ai_model__in=ai_models).first()
    if grant:
        raise Invalid(
            {
                "identifiers": _("You already have access to this model: %(grant)s.")
                % {"grant": grant}
            }
        )


def check_dates(
    ask: Ask, version: PolicyVersion, today: date, *, sent: Revision | None = None
) -> None:
    """Days of the text that was sent last may be kept, though they have passed since."""
    kept = (sent.starts_on, sent.ends_on) if sent else ()
    if ask.ends_on <= ask.starts_on:
        raise Invalid({"ends_on": _("The end must be after the start.")})
    if ask.ends_on <= today and ask.ends_on not in kept:
        raise Invalid({"ends_on": _("This day has passed. Choose a later one.")})
    if ask.starts_on < today and ask.starts_on not in kept:
        raise Invalid({"starts_on": _("This day has passed. Choose today or a later one.")})
    if ask.starts_on > today + LATEST_START:
        raise Invalid({"starts_on": _("Choose a start within the next year.")})
    if ask.ends_on - ask.starts_on > version.longest:
        days = version.longest.days
        raise Invalid(
            {
                "ends_on": _("This policy grants at most %(days)s days. Choose an earlier end.")
                % {"days": days}
            }
        )


def check_purpose(purpose: str, *, needed: bool, is_appeal: bool = False) -> None:
    if needed and not purpose.strip():
        raise Invalid(
            {"purpose": _("Say what you need the model for; the reviewers decide by it.")}
        )
    longest = LONGEST_APPEAL if is_appeal else LONGEST_PURPOSE
    if len(purpose) > longest:
        raise Invalid(
            {
                "purpose": _("Please stay under %(most)s characters.")
                % {"most": number_format(longest, force_grouping=True)}
            }
        )


def check_scope(ask: Ask) -> None:
    if not ask.operations or set(ask.operations) - set(OPERATIONS):
        raise Invalid(
            {
                "operations": _("Choose from: %(operations)s.")
                % {"operations": ", ".join(OPERATIONS)}
            }
        )
    if ask.track not in Track.values:
        raise Invalid(
            {"track": _("Choose one of: %(values)s.") % {"values": ", ".join(Track.values)}}
        )
    if not 0 <= ask.expected_cost <= HIGHEST_COST:
        raise Invalid(
            {
                "expected_cost": _("Give whole USD from 0 to %(most)s.")
                % {"most": number_format(HIGHEST_COST, force_grouping=True)}
            }
        )


def collaborators_of(ask: Ask, *, by: User) -> list[User]:
    """The people named by e-mail address; each needs an account, since they will hold keys.

    The sentence says which address has none. That tells somebody who is signed in whether an
    address has an account here; without it nobody could put the list right.
    """
    emails = {email.strip().lower() for email in ask.collaborators if email.strip()}
    if len(emails) > MOST_COLLABORATORS:
        few = _("Name at most %(most)s people; ask for the others by themselves.") % {
            "most": MOST_COLLABORATORS
        }
        raise Invalid({"collaborators": few})
    if by.email in emails:
        raise Invalid(
            {"collaborators": _("You are part of the request already. Name only others.")}
        )
    people = User.objects.filter(email__in=emails, is_active=True)
    found = {person.email: person for person in people}
    for email in sorted(emails - set(found)):
        raise Invalid(
            {
                "collaborators": _("%(email)s has no account here. Ask them to sign up.")
                % {"email": email[:100]}
            }
        )
    return list(found.values())


def check_wait(ai_models: Sequence[AIModel], *, by: User, today: date) -> None:
    """After a denial, the same model may be asked for again from a day that was told then."""
    denied = AccessRequest.objects.filter(
        requester=by, ask_again_on__gt=today, requested_models__ai_model__in=ai_models
    )
    latest = denied.order_by("ask_again_on").last()
    if latest and latest.ask_again_on:
        day = f"{latest.ask_again_on:%-d %B %Y}"
        raise Invalid(
            {
                "identifiers": _("After %(latest)s you may ask for this again from %(day)s.")
                % {"latest": latest, "day": day}
            }
        )


def ask_of(revision: Revision) -> Ask:
    """What a stored text asks for."""
    return Ask(
        identifiers=tuple(model.identifier for model in revision.ai_models.all()),
        purpose=revision.purpose,
        starts_on=revision.starts_on,
        ends_on=revision.ends_on,
        operations=tuple(revision.operations),
        expected_cost=revision.expected_cost,
        track=revision.track,
        collaborators=tuple(person.email for person in revision.collaborators.all()),
    )


def appealing(ask: Ask, reason: str, *, today: date) -> Ask:
    """The same once more, for those still here; from today if its start is over."""
    starts_on = max(ask.starts_on, today)
    here = User.objects.filter(email__in=ask.collaborators, is_active=True)
    return replace(
        ask,
        purpose=f"Appeal: {reason}\n\n{ask.purpose}",
        starts_on=starts_on,
        ends_on=starts_on + (ask.ends_on - ask.starts_on),
        collaborators=tuple(here.values_list("email", flat=True)),
    )


def write(ask: Ask, revision: Revision, ai_models: Sequence[AIModel]) -> None:
    """Put the ask into a draft revision and reserve its models for the requester."""
    access_request = revision.access_request
    revision.purpose = ask.purpose.strip()
    revision.starts_on, revision.ends_on = ask.starts_on, ask.ends_on
    revision.operations, revision.track = list(dict.fromkeys(ask.operations)), ask.track
    revision.expected_cost = ask.expected_cost
    revision.save()
    revision.ai_models.set(ai_models)
    revision.collaborators.set(collaborators_of(ask, by=access_request.requester))
    access_request.requested_models.exclude(ai_model__in=ai_models).delete()
    for ai_model in ai_models:
        access_request.requested_models.get_or_create(
            ai_model=ai_model, defaults={"requester": access_request.requester}
        )
