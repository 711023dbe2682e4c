"""Whether a grant can be extended: shortly before its end and for a month after it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import clock
from requests_app.models import Grant
from requests_app.refusals import Invalid, Refusal, WrongState
from requests_app.rules.permissions import check
from requests_app.rules.suspension import standing_suspension
from requests_app.validation import requested_models, submission
from requests_app.validation.request_input import RequestInput, input_of
from requests_app.wording import moments


def check_open(grant: Grant, *, by: User, now: datetime) -> None:
    """Raise NotAllowed or WrongState if the holder can't request an extension at `now`."""
    check("extend", grant, by)
    if grant.closed_at and standing_suspension(grant):
        raise WrongState(
            _(
                "This access was suspended when it ended, so it can't be extended. Send a new "
                "request instead."
            )
        )
    if grant.closed_at:
        if now >= clock.may_renew_until(grant.closed_at):
            raise WrongState(_("The 30 days for renewal have passed. Send a new request instead."))
        return
    assert grant.activated_at  # active grants have their dates (constraint)
    assert grant.ends_at
    opens_at = clock.may_extend_from(grant.activated_at, grant.ends_at)
    if now < opens_at:
        raise WrongState(
            _("You can request more time from %(opens_at)s.")
            % {"opens_at": moments.moment(opens_at)}
        )


def why_not(grant: Grant, *, by: User, now: datetime) -> str | None:
    """Return the sentence that refuses an extension now; None if it can be requested."""
    ai_models = [one.ai_model for one in grant.granted_models.select_related("ai_model")]
    try:
        check_open(grant, by=by, now=now)
        requested_models.check_not_held(ai_models, by=by, but=None, continues=grant)
        requested_models.check_wait(ai_models, by=by, today=clock.utc_day(now))
    except Refusal as refusal:
        return refusal.sentence
    return None


def check_extension_input(
    ai_models: Sequence[AIModel], continued: Grant, *, by: User, now: datetime, was_sent: bool
) -> None:
    """Check that an extension is for the same models, and was submitted in time."""
    if not was_sent:
        check_open(continued, by=by, now=now)
    had = set(continued.granted_models.values_list("ai_model", flat=True))
    for ai_model in ai_models:
        if ai_model.pk not in had:
            sentence = _("%(ai_model)s isn't part of %(continued)s. Request it separately.") % {
                "ai_model": ai_model,
                "continued": continued,
            }
            raise Invalid({"identifiers": sentence})


def prefilled_input(grant: Grant, *, now: datetime) -> RequestInput:
    """Return the last request's text for what `grant` gave, from its end or today, unsigned."""
    text = grant.access_request.revisions.exclude(submitted_at=None).order_by("number").last()
    assert text  # a grant comes from a text that was sent
    ended_at = grant.closed_at or grant.ends_at or now
    starts_on = max(ended_at, now).astimezone(UTC).date()
    granted = grant.granted_models.values_list("ai_model__identifier", flat=True)
    return replace(
        input_of(text),
        identifiers=tuple(granted.order_by("pk")),
        starts_on=starts_on,
        ends_on=starts_on + grant.duration,
        collaborators=tuple(submission.active_collaborators(grant).values_list("email", flat=True)),
        attests=False,
        accepted_terms="",
    )
