"""Grant a request at once in an emergency, and review that afterwards."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.people.models import User
from requests_app.actions.grants import activation, grants
from requests_app.actions.review import stages, votes
from requests_app.models import AccessRequest, BreakGlass, Grant, GrantedModel, Revision, Scope
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.permissions import check, checked_reason
from requests_app.states import GRANT, STAGE
from requests_app.transitions import audit_chain
from requests_app.transitions.locks import lock_break_glass, lock_request
from requests_app.transitions.people_locks import lock_people, lock_person
from requests_app.transitions.register_locks import lock_requested_models
from requests_app.transitions.transition import record_event

MAX_DURATION = timedelta(hours=24)
REMINDER_INTERVAL = timedelta(days=1)
REASON_REQUIRED = gettext_lazy(
    "Describe the emergency. The policy's reviewers and owners will read it."
)
COMMENT_REQUIRED = gettext_lazy("Give a reason. It is kept with the grant.")


@transaction.atomic
def grant_now(access_request: AccessRequest, *, by: User, reason: str, shown: str) -> Grant:
    """Grant what was shown (`Revision.digest`) without the remaining steps, for 24 hours at most.

    Only for people in BREAK_GLASS_EMAILS. A second one by or for the same person waits for the
    review of the first.
    """
    # Both are locked, so that of two at once the second finds the first unreviewed.
    by = lock_people(by, access_request.requester)[by.pk]
    lock_requested_models(access_request.revision)
    access_request = lock_request(access_request.pk)
    now = timezone.now()
    check("break_glass", access_request, by)
    reason = checked_reason(reason, needed=REASON_REQUIRED)
    revision = access_request.revision
    revision.access_request = access_request
    revision.read_related()
    scope = revision.scope()
    if shown != revision.digest(scope):
        raise WrongState(
            _("The request has changed since you opened it. Read it again before you decide.")
        )
    activation.check_possible(revision, scope, now=now)
    _check_no_other(revision, scope)
    with audit_chain.with_details(break_glass=True):
        return _grant(revision, scope, by=by, reason=reason, now=now)


def _check_no_other(revision: Revision, scope: Scope) -> None:
    """Refuse models that the requester already has access to."""
    live = GrantedModel.objects.filter(
        holder=revision.access_request.requester_id,
        ai_model__identifier__in=scope.identifiers,
        is_live=True,
    ).first()
    if live:
        raise WrongState(
            _("They already have access to %(ai_model)s under %(grant)s.")
            % {"ai_model": live.ai_model, "grant": live.grant}
        )


def _grant(revision: Revision, scope: Scope, *, by: User, reason: str, now: datetime) -> Grant:
    access_request = revision.access_request
    left = access_request.stages.filter(state__in=STAGE.live).order_by("step__position")
    steps = list(left.values_list("step__name", flat=True))
    stages.close_rest(access_request, by=by, now=now)
    votes.close_request(access_request, "approve", by=by, reason=reason, now=now)
    grant = activation.create(revision, scope, by=by, now=now, at_once=MAX_DURATION)
    BreakGlass.objects.create(
        grant=grant, by=by, at=now, reason=reason, remind_at=now + REMINDER_INTERVAL
    )
    record_event(
        grant, "grant.break_glass", by=by, at=now, details={"reason": reason, "steps": steps}
    )
    return grant


@transaction.atomic
def review(broken: BreakGlass, *, by: User, verdict: str, words: str) -> BreakGlass:
    """Record whether a break-glass grant was justified; revoke the rest of it if not."""
    by = lock_person(by)
    broken = lock_break_glass(broken.pk)
    now = timezone.now()
    check("review", broken, by)
    if verdict not in BreakGlass.Verdict.values:
        raise Invalid({"verdict": _("Choose whether it was justified.")})
    words = checked_reason(words, needed=COMMENT_REQUIRED)
    broken.reviewed_at, broken.reviewed_by, broken.remind_at = now, by, None
    broken.verdict, broken.words = verdict, words
    broken.save(update_fields=["reviewed_at", "reviewed_by", "remind_at", "verdict", "words"])
    details = {"verdict": str(broken.get_verdict_display()), "reason": words}
    record_event(broken.grant, "grant.break_glass_reviewed", by=by, at=now, details=details)
    if verdict == BreakGlass.Verdict.NOT_IN_ORDER and broken.grant.state in GRANT.live:
        grants.close(broken.grant, "revoke", by=by, reason=words, now=now)
    return broken


@transaction.atomic
def remind(broken_id: int, *, now: datetime) -> bool:
    """Remind of the review once a day until it is recorded; False if that isn't due."""
    broken = lock_break_glass(broken_id)
    if broken.reviewed_at or broken.remind_at is None or broken.remind_at > now:
        return False
    # Days that a late sweep missed are one reminder, and the hour stays the same.
    missed = (now - broken.remind_at) // REMINDER_INTERVAL
    broken.remind_at += REMINDER_INTERVAL * (missed + 1)
    broken.save(update_fields=["remind_at"])
    broken.grant.break_glass = broken
    record_event(broken.grant, "grant.break_glass_reminded", by=None, at=now, details={})
    return True
