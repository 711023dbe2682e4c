"""Sweeps: find due rows and run one action for each. Safe to run twice, late or in parallel."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from lifecycle.catalogue.models import WeightsCustody
from lifecycle.config.celery import app
from lifecycle.voice.models import Preference
from requests_app.actions import stored_answers
from requests_app.actions.catalogue import promises, retirement_events, weights
from requests_app.actions.grants import activation, confirmations, grants
from requests_app.actions.keys import external_keys, key_revocation, reconciliation
from requests_app.actions.requests import files, invitations
from requests_app.actions.review import break_glass, reviewer_invitations, stages, votes
from requests_app.actions.standing import access as standing_access
from requests_app.actions.standing import rules as standing_rules
from requests_app.actions.voice import essay_votes, preferences
from requests_app.models import (
    BreakGlass,
    ExternalKey,
    ExternalKeyState,
    Grant,
    Invitation,
    Key,
    Notice,
    ReviewerInvitation,
    ServiceToken,
    Stage,
    StandingRule,
    models_to_tell_of,
)
from requests_app.notices import delivery, direct_mail, mail, outbox
from requests_app.reports.promises import ledger
from requests_app.rules import standing
from requests_app.rules.waitlist import Waitlist
from requests_app.transitions.each import act_on_each


@app.task
def remind_stages() -> int:
    now = timezone.now()
    return act_on_each(Stage.objects.due_for_reminder(now).ids(), stages.remind, now)


@app.task
def escalate_stages() -> int:
    now = timezone.now()
    return act_on_each(Stage.objects.due_for_escalation(now).ids(), stages.escalate, now)


@app.task
def recheck_stages() -> int:
    """Check whether each open stage can still be decided; people may come and go unnoticed."""
    return act_on_each(Stage.objects.open().ids(), stages.recheck, timezone.now())


@app.task
def expire_stages() -> int:
    now = timezone.now()
    due = Stage.objects.due_for_expiry(now)
    ended = act_on_each(due.filter(essay=None).ids(), votes.expire, now)
    return ended + act_on_each(due.exclude(essay=None).ids(), essay_votes.expire, now)


@app.task
def activate_grants() -> int:
    now = timezone.now()
    return act_on_each(Waitlist(now).can_start(), activation.activate, now)


@app.task
def end_grants_without_models() -> int:
    now = timezone.now()
    return act_on_each(Grant.objects.without_models(now).ids(), grants.end_without_models, now)


@app.task
def end_grants() -> int:
    now = timezone.now()
    return act_on_each(Grant.objects.due_for_end(now).ids(), grants.end_due, now)


@app.task
def end_standing_rules() -> int:
    now = timezone.now()
    return act_on_each(StandingRule.objects.due_for_end(now).ids(), standing_rules.end_due, now)


@app.task
def end_standing_access() -> int:
    """End standing access whose membership ended unnoticed, in SQL or by the age of a sign-in."""
    now = timezone.now()
    rules = StandingRule.objects.with_live_grants()
    ids = [pk for rule in rules for pk in standing.lost_grants(rule, now).ids()]
    return act_on_each(ids, standing_access.end_unsupported, now)


@app.task
def lapse_grants() -> int:
    now = timezone.now()
    return act_on_each(Grant.objects.due_for_lapse(now).ids(), grants.lapse, now)


@app.task
def retire_keys() -> int:
    now = timezone.now()
    return act_on_each(Key.objects.due_for_retirement(now).ids(), key_revocation.retire, now)


@app.task
def resolve_key_creations() -> int:
    """Fail keys whose creation was never finished, and delete them at all gateways."""
    now = timezone.now()
    due = ExternalKey.objects.due(ExternalKeyState.CREATING, now)
    return act_on_each(set(due.values_list("key", flat=True)), external_keys.abandon_creation, now)


@app.task
def push_revocations() -> int:
    now = timezone.now()
    return act_on_each(_issuers(ExternalKeyState.DELETING, now), external_keys.push_due, now)


@app.task
def verify_keys() -> int:
    now = timezone.now()
    return act_on_each(_issuers(ExternalKeyState.PRESENT, now), external_keys.verify_due, now)


def _issuers(state: ExternalKeyState, now: datetime) -> list[str]:
    """Return the issuers with due keys, even if the settings no longer name them."""
    due = ExternalKey.objects.due(state, now).order_by()
    return list(due.values_list("issuer", flat=True).distinct())


@app.task
def reconcile() -> int:
    """Compare with every gateway; return the number of differences."""
    return act_on_each(settings.ISSUERS, reconciliation.reconcile_named, None)


@app.task
def announce_ends() -> int:
    now = timezone.now()
    return act_on_each(Grant.objects.due_for_end_notice(now).ids(), grants.announce_end, now)


@app.task
def ask_for_confirmations() -> int:
    now = timezone.now()
    return act_on_each(
        Grant.objects.due_for_confirmation_notice(now).ids(),
        confirmations.request_confirmation,
        now,
    )


@app.task
def suspend_unconfirmed_grants() -> int:
    now = timezone.now()
    return act_on_each(Grant.objects.unconfirmed(now).ids(), confirmations.suspend_unconfirmed, now)


@app.task
def end_unconfirmed_grants() -> int:
    now = timezone.now()
    return act_on_each(confirmations.due_for_end(now).ids(), confirmations.end_unconfirmed, now)


@app.task
def remind_of_break_glass() -> int:
    now = timezone.now()
    return act_on_each(BreakGlass.objects.due_for_reminder(now).ids(), break_glass.remind, now)


@app.task
def remind_of_preferences() -> int:
    now = timezone.now()
    return act_on_each(_ids(Preference.objects.due_for_reminder(now)), preferences.remind, now)


@app.task
def resume_preferences() -> int:
    now = timezone.now()
    return act_on_each(_ids(Preference.objects.due_for_resumption(now)), preferences.resume, now)


@app.task
def remind_of_weights_checks() -> int:
    now = timezone.now()
    return act_on_each(_ids(WeightsCustody.objects.to_remind_of(now)), weights.remind, now)


@app.task
def remind_of_promises() -> int:
    """Remind of promises that are due, or whose state says that they are overdue."""
    now = timezone.now()
    return act_on_each(ledger.awaiting_reminder(now), promises.remind, now)


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


@app.task
def tell_of_retirements() -> int:
    now = timezone.now()
    ids = models_to_tell_of(now).values_list("pk", flat=True)
    return act_on_each(ids, retirement_events.tell, now)


@app.task
def lapse_invitations() -> int:
    now = timezone.now()
    ended = act_on_each(Invitation.objects.due_for_end(now).ids(), invitations.lapse, now)
    to_review = ReviewerInvitation.objects.due_for_end(now).ids()
    return ended + act_on_each(to_review, reviewer_invitations.lapse, now)


@app.task
def sweep_files() -> int:
    """Delete stored content without a row, from a broken upload or a removed file."""
    return files.sweep(timezone.now())


@app.task
def sweep_stored_answers() -> int:
    return stored_answers.sweep(timezone.now())


@app.task
def notify_leaked_token_owners() -> int:
    due = ServiceToken.objects.leaked_awaiting_notice(timezone.now())
    return act_on_each(due.values_list("pk", flat=True), direct_mail.send_token_leaked, None)


@app.task
def notify_expiring_token_owners() -> int:
    due = ServiceToken.objects.expiring_awaiting_notice(timezone.now())
    return act_on_each(due.values_list("pk", flat=True), direct_mail.send_token_expires, None)


@app.task
def send_notices() -> int:
    """Send due notices in the order of their events."""
    due = Notice.objects.due(timezone.now()).order_by("pk").ids()
    return sum(send_notice(*batch) for batch in outbox.in_batches(due))


@app.task
def send_digests() -> int:
    return act_on_each(delivery.due_for_digest(timezone.now()), mail.send_digest, None)


@app.task
def send_notice(*notice_ids: int) -> int:
    """Send a batch of notices."""
    return act_on_each(notice_ids, delivery.Batch().send, None)
