"""Validate a request's input: models, dates, limits and people; and its initial values."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people import time_zones
from lifecycle.people.email.normalization import comparable_address
from lifecycle.people.models import User
from lifecycle.people.profile_links import ORCID
from lifecycle.text.durations import format_duration
from requests_app import clock
from requests_app.models import (
    OPERATIONS,
    AccessRequest,
    Grant,
    Invitation,
    PolicyVersion,
    Revision,
    Track,
)
from requests_app.refusals import Invalid
from requests_app.validation import answers, completeness, requested_models, requester, text_limits
from requests_app.validation.request_input import RequestInput

MAX_COLLABORATORS = 20
MAX_COST = 10_000_000
MAX_START_DELAY = timedelta(days=365)
DEFAULT_DURATION = timedelta(days=90)


def check_input(
    request_input: RequestInput,
    *,
    by: User,
    now: datetime,
    stored: Revision | None,
    sending: bool,
    continues: Grant | None = None,
) -> tuple[list[AIModel], PolicyVersion]:
    """Check all requirements, for new input and for a stored draft alike.

    `stored` is the newest revision of the locked request that it changes, `continues` the locked
    grant it extends. Return the models and the version. Raises Invalid.
    """
    ai_models, version = check_text(
        request_input, by=by, now=now, stored=stored, sending=sending, continues=continues
    )
    is_appeal = bool(stored and stored.access_request.appeal_of_id)
    if sending and (
        missing := dict(completeness.missing(request_input, version, is_appeal=is_appeal))
    ):
        raise Invalid(missing)
    return ai_models, version


def check_text(
    request_input: RequestInput,
    *,
    by: User,
    now: datetime,
    stored: Revision | None,
    sending: bool,
    continues: Grant | None,
) -> tuple[list[AIModel], PolicyVersion]:
    """Check everything except missing fields."""
    to, sent = (stored.access_request, _sent(stored)) if stored else (None, None)
    draft = None if sending else stored
    today, is_appeal = clock.utc_day(now), bool(to and to.appeal_of_id)
    # Models first: they decide the policy, whose limits the rest is checked against.
    ai_models = requested_models.requested_models(request_input, now=now)
    version = requested_models.version_for(ai_models)
    requested_models.check_not_held(ai_models, by=by, but=to, continues=continues)
    if not is_appeal:
        requested_models.check_wait(ai_models, by=by, today=today)
    check_dates(request_input, version, requester_today(by, now), kept=_days(draft, sent))
    text_limits.check(request_input, sent, is_appeal=is_appeal)
    check_scope(request_input)
    requester.check(request_input)
    answers.check(request_input, version, before=stored.answers if stored else {})
    check_collaborators(request_input, by=by, to=to, continues=continues, draft=draft)
    return ai_models, version


def _sent(newest: Revision) -> Revision | None:
    """Return the last submitted revision: the newest one, or the one before."""
    if newest.submitted_at:
        return newest
    before = newest.access_request.revisions.filter(number=newest.number - 1)
    return before.first() if newest.number > 1 else None


def _days(*texts: Revision | None) -> tuple[date, ...]:
    """Return dates that may be in the past: submitted ones, and in a draft its own."""
    return tuple(day for text in texts if text for day in (text.starts_on, text.ends_on))


def requester_today(person: User, now: datetime) -> date:
    """Return the earliest of the requester's possible todays: page, profile or UTC."""
    own = time_zones.named(person.time_zone)
    clocks = (UTC, timezone.get_current_timezone(), *([own] if own else []))
    # The earliest: none of these clocks may turn today into a past date.
    return min(now.astimezone(zone).date() for zone in clocks)


def check_dates(
    request_input: RequestInput, version: PolicyVersion, today: date, *, kept: Collection[date] = ()
) -> None:
    """Check the dates; those in `kept` may be past. `today` is the requester's."""
    if request_input.ends_on <= request_input.starts_on:
        raise Invalid({"ends_on": _("The end must be after the start.")})
    if request_input.ends_on <= today and request_input.ends_on not in kept:
        raise Invalid({"ends_on": _("This date has passed. Choose a later one.")})
    if request_input.starts_on < today and request_input.starts_on not in kept:
        raise Invalid({"starts_on": _("This date has passed. Choose today or a later date.")})
    if request_input.starts_on > today + MAX_START_DELAY:
        raise Invalid({"starts_on": _("Choose a start within the next year.")})
    if request_input.ends_on - request_input.starts_on > version.max_duration:
        raise Invalid(
            {
                "ends_on": _("This policy grants at most %(length)s. Choose an earlier end.")
                % {"length": format_duration(version.max_duration)}
            }
        )


def check_scope(request_input: RequestInput) -> None:
    """Check what is chosen; what isn't yet, is missing only when the request is sent."""
    if set(request_input.operations) - set(OPERATIONS):
        raise Invalid(
            {
                "operations": _("Choose from: %(operations)s.")
                % {"operations": ", ".join(OPERATIONS)}
            }
        )
    if request_input.track and request_input.track not in Track.values:
        raise Invalid(
            {"track": _("Choose one of: %(values)s.") % {"values": ", ".join(Track.values)}}
        )
    if not 0 <= request_input.expected_cost <= MAX_COST:
        raise Invalid(
            {
                "expected_cost": _("Enter a whole amount from 0 to %(most)s USD.")
                % {"most": number_format(MAX_COST, force_grouping=True)}
            }
        )


def check_collaborators(
    request_input: RequestInput,
    *,
    by: User,
    to: AccessRequest | None,
    continues: Grant | None,
    draft: Revision | None,
) -> None:
    """Allow only people who have agreed, since naming somebody bars them from deciding.

    The sentence is the same for every other address, so that it reveals no account.
    """
    emails = addresses_in(request_input)
    if not emails:
        return
    if len(emails) > MAX_COLLABORATORS:
        few = _("Add at most %(most)s people. Send a separate request for anyone else.") % {
            "most": MAX_COLLABORATORS
        }
        raise Invalid({"collaborators": few})
    if by.email in emails:
        raise Invalid(
            {"collaborators": _("You are already part of this request. Add other people only.")}
        )
    agreed = _agreed(to, continues, draft).values_list("email", flat=True)
    for email in sorted(emails.difference(agreed)):
        raise Invalid(
            {
                "collaborators": _("%(email)s hasn't agreed to take part. Invite or remove them.")
                % {"email": email[:100]}
            }
        )


def addresses_in(request_input: RequestInput) -> set[str]:
    """Return the named addresses in their comparable form."""
    return {comparable_address(email) for email in request_input.collaborators if email.strip()}


def people_in(request_input: RequestInput) -> QuerySet[User]:
    """Return the named people in good standing."""
    return User.objects.filter(email__in=addresses_in(request_input), is_active=True)


def _agreed(
    to: AccessRequest | None, continues: Grant | None, draft: Revision | None
) -> QuerySet[User]:
    """Return who accepted an invitation, shares the extended grant, or was in a submitted text.

    A draft keeps its collaborators until it is submitted.
    """
    asked = Invitation.objects.accepted()
    found = Q(pk__in=asked.filter(access_request=to).values("person")) if to else Q(pk=None)
    if to:
        found |= Q(pk__in=to.named.values("pk"))
    if draft:
        found |= Q(pk__in=draft.collaborators.values("pk"))
    if continues:
        found |= Q(pk__in=active_collaborators(continues).values("pk"))
    return User.objects.filter(found, is_active=True)


def active_collaborators(grant: Grant) -> QuerySet[User]:
    """Return those who share the grant and agreed to it, by its terms or an invitation."""
    asked = Invitation.objects.accepted().filter(access_request=grant.access_request_id)
    places = grant.collaborators.filter(removed_at=None)
    agreed = places.filter(Q(accepted_at__isnull=False) | Q(person__in=asked.values("person")))
    return User.objects.filter(pk__in=agreed.values("person"), is_active=True)


def default_input(identifiers: Sequence[str], *, by: User, now: datetime) -> RequestInput:
    """Return the initial input for these models, starting today. Raises Invalid.

    What only the requester knows isn't chosen for them.
    """
    today = requester_today(by, now)
    request_input = RequestInput(tuple(identifiers), "", today, today + DEFAULT_DURATION)
    version = requested_models.version_for(
        requested_models.requested_models(request_input, now=now)
    )
    return replace(
        request_input,
        ends_on=today + min(DEFAULT_DURATION, timedelta(days=version.max_duration.days)),
        operations=(),
        track="",
        organisation=str(by.institution or ""),
        country=str(by.country),
        orcid=f"{ORCID}{by.orcid}" if by.orcid else "",
    )


def appeal_input(request_input: RequestInput, reason: str, *, today: date) -> RequestInput:
    """Return the denied input for people still active; from today (UTC) if its start is past."""
    starts_on = max(request_input.starts_on, today)
    return replace(
        request_input,
        purpose=f"Appeal: {reason}\n\n{request_input.purpose}",
        starts_on=starts_on,
        ends_on=starts_on + (request_input.ends_on - request_input.starts_on),
        collaborators=tuple(people_in(request_input).values_list("email", flat=True)),
    )
