"""Whether a notice is still true and needed when it is about to be sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from lifecycle.catalogue.models import Promise, WeightsCustody
from lifecycle.voice.states import PreferenceState
from requests_app import clock
from requests_app.models import (
    Delegation,
    Grant,
    Invitation,
    Notice,
    ReviewerInvitation,
    Stage,
)
from requests_app.rules.desk import comments
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from requests_app.states import (
    GrantState,
    InvitationState,
    ProposalState,
    RequestState,
    StageState,
)

Context = dict[str, Any]  # as `mail_context` makes it
Condition = Callable[[Notice, Context, datetime], bool]


def _is_away(notice: Notice, now: datetime) -> bool:
    return Delegation.objects.away(now).filter(person=notice.recipient).exists()


def always(notice: Notice, context: Context, now: datetime) -> bool:
    return True


def request_in_review(notice: Notice, context: Context, now: datetime) -> bool:
    """Still in review; otherwise the decision itself says what was granted."""
    return bool(context["access_request"].state == RequestState.IN_REVIEW)


def review_running(notice: Notice, context: Context, now: datetime) -> bool:
    """In review with the text that was sent then; otherwise later emails say what became of it."""
    newest = context["access_request"].revision
    return request_in_review(notice, context, now) and newest == context["revision"]


def shared_and(condition: Condition) -> Condition:
    """The recipient is among the collaborators still, and the condition holds."""

    def holds(notice: Notice, context: Context, now: datetime) -> bool:
        places = context["grant"].collaborators.filter(removed_at=None)
        return places.filter(person=notice.recipient).exists() and condition(notice, context, now)

    return holds


def grant_waiting(notice: Notice, context: Context, now: datetime) -> bool:
    """Still waiting; otherwise its start is announced separately."""
    return bool(context["grant"].state == GrantState.WAITING)


def told_by_no_ending(notice: Notice, context: Context, now: datetime) -> bool:
    """No email of a bulk revocation, which ended this too, goes to the recipient."""
    receipt = notice.event.details.get("receipt")
    if receipt is None:
        return True
    endings = Notice.objects.filter(template="access_ended", recipient=notice.recipient)
    return not endings.filter(event__details__receipt=receipt).exists()


def vote_wanted(notice: Notice, context: Context, now: datetime) -> bool:
    """The stage is open, and the recipient may vote on it and isn't away.

    A chat channel has no recipient.
    """
    stage: Stage = context["stage"]
    if stage.state != StageState.OPEN:
        return False
    if not notice.recipient:
        return True
    panel = VotingPanel(stage, now)
    return panel.obstacle(notice.recipient) is None and not panel.is_covered(notice.recipient)


def nothing_left_to_decide(notice: Notice, context: Context, now: datetime) -> bool:
    """The recipient was asked to decide it, isn't asked to decide another step, and isn't away."""
    stage: Stage = context["stage"]
    if _is_away(notice, now):
        return False
    asked = Notice.objects.filter(event__subject=notice.event.subject, recipient=notice.recipient)
    others = stage.subject.stages.open().exclude(pk=stage.pk).select_related("step", "revision")
    assert notice.recipient  # only people were asked
    return asked.filter(dropped_at=None).exclude(pk=notice.pk).exists() and all(
        VotingPanel(other, now).obstacle(notice.recipient) for other in others
    )


def delegation_holds(notice: Notice, context: Context, now: datetime) -> bool:
    """It hasn't ended before the email was sent."""
    delegation: Delegation = context["delegation"]
    return Delegation.objects.filter(pk=delegation.pk, ended_at=None, ends_at__gt=now).exists()


def stage_deadlocked(notice: Notice, context: Context, now: datetime) -> bool:
    stage: Stage = context["stage"]
    return stage.state == StageState.OPEN and stage.deadlocked_at is not None


def stage_unlocked(notice: Notice, context: Context, now: datetime) -> bool:
    stage: Stage = context["stage"]
    return stage.state == StageState.OPEN and stage.deadlocked_at is None


def request_returned(notice: Notice, context: Context, now: datetime) -> bool:
    return bool(context["access_request"].state == RequestState.RETURNED)


def comment_readable(notice: Notice, context: Context, now: datetime) -> bool:
    """The recipient isn't away, may still read it, and has no conflict of interest by now."""
    assert notice.recipient
    if _is_away(notice, now):
        return False
    panel = comments.open_panel(context["access_request"], now)
    return comments.may_read(notice.event, notice.recipient, panel, now)


def grant_active(notice: Notice, context: Context, now: datetime) -> bool:
    return bool(context["grant"].state == GrantState.ACTIVE)


def start_untold(notice: Notice, context: Context, now: datetime) -> bool:
    """The grant is active, and the approval's email went out before it started."""
    grant: Grant = context["grant"]
    told = Notice.objects.filter(
        event__access_request=grant.access_request_id,
        recipient=notice.recipient,
        template__in=("request_approved", "standing_started"),
        sent_at__gte=grant.activated_at,
    )
    return grant_active(notice, context, now) and not told.exists()


def grant_ends_as_shortened(notice: Notice, context: Context, now: datetime) -> bool:
    grant: Grant = context["grant"]
    return not grant.closed_at and grant.ends_at == context["new_end"]


def grant_unconfirmed(notice: Notice, context: Context, now: datetime) -> bool:
    """The grant is active, and the deadline in the email is still the current one."""
    grant: Grant = context["grant"]
    return grant.state == GrantState.ACTIVE and grant.confirm_by == context["confirm_by"]


def grant_ends_then(notice: Notice, context: Context, now: datetime) -> bool:
    grant: Grant = context["grant"]
    return not grant.closed_at and grant.ends_at == context["end"] and now < grant.ends_at


def grant_suspended(notice: Notice, context: Context, now: datetime) -> bool:
    """Suspended, and not resumed and suspended again since."""
    grant: Grant = context["grant"]
    return grant.state == GrantState.SUSPENDED and grant.suspended_at == notice.event.at


def break_glass_unreviewed(notice: Notice, context: Context, now: datetime) -> bool:
    return context["grant"].break_glass.reviewed_at is None


def preference_undecided(notice: Notice, context: Context, now: datetime) -> bool:
    return bool(context["preference"].state == PreferenceState.CONSIDERED)


def draft_publishable(notice: Notice, context: Context, now: datetime) -> bool:
    """Still a draft, and the recipient may publish it."""
    assert notice.recipient
    return why_not("publish", context["version"], notice.recipient) is None


def reviewer_member(notice: Notice, context: Context, now: datetime) -> bool:
    """Still a member of the group."""
    assert notice.recipient
    return notice.recipient.groups.filter(pk=notice.event.details["group_id"]).exists()


def reviewer_gone(notice: Notice, context: Context, now: datetime) -> bool:
    """Still out of the group."""
    return not reviewer_member(notice, context, now)


def proposal_waiting(notice: Notice, context: Context, now: datetime) -> bool:
    return bool(context["proposal"].state == ProposalState.WAITING)


def check_undone(notice: Notice, context: Context, now: datetime) -> bool:
    """The check is still due, whatever else of the custody has changed."""
    custody: WeightsCustody | None = context["custody"]
    return bool(custody and custody.check_due_on and custody.check_due_on <= now.date())


def check_failed(notice: Notice, context: Context, now: datetime) -> bool:
    """No later check found the weights whole, or as they are meant to be."""
    custody: WeightsCustody | None = context["custody"]
    return bool(custody and custody.has_failed)


def promise_unsettled(notice: Notice, context: Context, now: datetime) -> bool:
    promise: Promise | None = context["promise"]
    return bool(promise and not (promise.kept_on or promise.broken_on or promise.ended_on))


def invitation_open(notice: Notice, context: Context, now: datetime) -> bool:
    """Open, and not sent again since."""
    invitation: Invitation = context["invitation"]
    newest = invitation.sent_at == notice.event.at
    return newest and Invitation.objects.open(now).filter(pk=invitation.pk).exists()


def reviewer_invitation_open(notice: Notice, context: Context, now: datetime) -> bool:
    invitation: ReviewerInvitation = context["reviewer_invitation"]
    return ReviewerInvitation.objects.open(now).filter(pk=invitation.pk).exists()


def invitation_accepted(notice: Notice, context: Context, now: datetime) -> bool:
    return bool(context["invitation"].state == InvitationState.ACCEPTED)


def retirement_is_so(notice: Notice, context: Context, now: datetime) -> bool:
    """A date in the email still holds, no later reminder of it is due, and the reader watches."""
    news, event = context["retirement"], notice.event
    if not news.lines:
        return False
    if event.kind == "retirement.coming" and news.day:
        later = clock.next_retirement_notice(news.day, after=event.at)
        if later and later <= now:
            return False
    assert notice.recipient  # only people watch
    return notice.recipient.is_active and bool(news.is_for_reader)
