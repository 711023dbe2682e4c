"""Save, submit, withdraw, appeal and extend a request, on behalf of its requester."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import drafts, invitations
from requests_app.actions.requests.sending import send
from requests_app.actions.review import stages, votes
from requests_app.models import AccessRequest, Grant, PolicyVersion, Revision
from requests_app.refusals import Invalid
from requests_app.rules.permissions import check, check_good_standing, checked_reason
from requests_app.rules.roles import CO_WRITTEN
from requests_app.transitions.locks import lock_grant, lock_request
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.transition import record_event
from requests_app.validation import extensions, requested_models, requester, submission, text_limits
from requests_app.validation.request_input import RequestInput, fingerprint, input_of, normalized

EDIT_CONFLICT = gettext_lazy(
    "This page was saved somewhere else after you opened it, perhaps in another window. Your "
    "text is still here. Save again to replace the other version."
)

__all__ = ["RequestInput", "appeal", "change", "extend", "save", "start", "submit", "withdraw"]


@transaction.atomic
def save(
    request_input: RequestInput,
    *,
    by: User,
    access_request: AccessRequest | None = None,
    continues: Grant | None = None,
    submit: bool = False,
) -> AccessRequest:
    """Create or change a draft and optionally submit it, completely or not at all.

    A new one may extend the grant `continues`. Raises Invalid with a sentence for each refused
    field.
    """
    by = lock_person(by)
    continued, locked = lock_both(access_request, continues)
    now = timezone.now()
    if locked:
        check("edit", locked, by)
    else:
        check_good_standing(by)
    stored = _newest(locked) if locked else None
    revision = _save(request_input, continued, stored, by=by, now=now, sending=submit)
    if submit:
        send(revision, by=by, now=now)
    return revision.access_request


def _save(
    request_input: RequestInput,
    continued: Grant | None,
    stored: Revision | None,
    *,
    by: User,
    now: datetime,
    sending: bool = False,
) -> Revision:
    """Check the input and write it into the draft after `stored`, or that of a new request.

    It is judged as its requester's, whoever writes it.
    """
    request_input = requester.cleaned(normalized(request_input))
    owner = stored.access_request.requester if stored else by
    ai_models, version = _check_ask(
        request_input, continued, stored, by=owner, now=now, sending=sending
    )
    if stored:
        revision = _draft_after(stored, version)
    else:
        revision = _first_draft(by, version, request_input, now, continued)
    drafts.write_draft(request_input, revision, ai_models, version, now)
    _note_saved(revision, by=by, now=now)
    if stored:
        invitations.settle(revision, by=by, now=now)
    return revision


@transaction.atomic
def start(identifiers: Sequence[str], *, by: User, title: str = "") -> AccessRequest:
    """Create a draft for these models from defaults and the requester's profile."""
    by = lock_person(by)
    initial = submission.default_input(identifiers, by=by, now=timezone.now())
    return save(replace(initial, title=title), by=by)


@transaction.atomic
def change(
    access_request: AccessRequest, *, by: User, shown: str = "", **changes: Any
) -> AccessRequest:
    """Update the given fields of a draft and keep the others as they were last saved.

    `shown` is the fingerprint of the values they started from, to detect a change on another page.
    Collaborators whom the requester lets edit may change what is in CO_WRITTEN.
    """
    lock_person(access_request.requester)
    continued, locked = lock_both(access_request, None)
    assert locked
    now = timezone.now()
    check("write" if changes.keys() <= CO_WRITTEN else "edit", locked, by)
    stored = _newest(locked)
    before = input_of(stored)
    request_input = requester.cleaned(normalized(replace(before, **changes)))
    # Opening a page and going on must not create a new revision.
    if request_input == before:
        return locked
    if shown and shown != fingerprint(before, changes):
        raise Invalid({"": _conflict(locked, by)})
    _save(request_input, continued, stored, by=by, now=now)
    return locked


def _conflict(access_request: AccessRequest, by: User) -> str:
    """Return the sentence about a text that was saved meanwhile; it names another writer."""
    last = access_request.events.filter(kind="request.saved").last()
    if last is None or last.actor is None or last.actor == by:
        return str(EDIT_CONFLICT)
    told = {"conflict": EDIT_CONFLICT, "who": last.actor}
    return _("%(conflict)s The draft was last saved by %(who)s.") % told


def lock_both(
    access_request: AccessRequest | None, continues: Grant | None
) -> tuple[Grant | None, AccessRequest | None]:
    """Lock the grant that a request extends, then the request."""
    if access_request is None:
        return lock_grant(continues.pk) if continues else None, None
    grant_id = access_request.continues_id
    continued = lock_grant(grant_id) if grant_id else None
    return continued, lock_request(access_request.pk)


def _check_ask(
    request_input: RequestInput,
    continued: Grant | None,
    stored: Revision | None,
    *,
    by: User,
    now: datetime,
    sending: bool,
) -> tuple[list[AIModel], PolicyVersion]:
    found = submission.check_input(
        request_input, by=by, now=now, stored=stored, sending=sending, continues=continued
    )
    if continued:
        to = stored and stored.access_request
        was_sent = bool(to and (to.submitted_at or to.appeal_of_id))
        extensions.check_extension_input(found[0], continued, by=by, now=now, was_sent=was_sent)
    return found


def _first_draft(
    by: User,
    version: PolicyVersion,
    request_input: RequestInput,
    now: datetime,
    continues: Grant | None,
) -> Revision:
    access_request = AccessRequest.objects.create(
        requester=by, policy_version=version, created_at=now, continues=continues
    )
    return Revision(
        access_request=access_request,
        starts_on=request_input.starts_on,
        ends_on=request_input.ends_on,
    )


@transaction.atomic
def extend(grant: Grant, *, by: User) -> AccessRequest:
    """Create a draft to extend `grant`, with the text of its last request."""
    by = lock_person(by)
    grant = lock_grant(grant.pk)
    now = timezone.now()
    extensions.check_open(grant, by=by, now=now)
    return save(extensions.prefilled_input(grant, now=now), by=by, continues=grant)


def _draft_after(stored: Revision, version: PolicyVersion) -> Revision:
    access_request = stored.access_request
    has_changed = access_request.policy_version != version
    access_request.policy_version = version
    if has_changed:
        access_request.save(update_fields=["policy_version"])
    return drafts.editable(stored)


def _note_saved(revision: Revision, *, by: User, now: datetime) -> None:
    """Record a text that is complete: nothing else in its action changes it."""
    revision.read_related()
    details = {"revision": revision.number, "digest": revision.digest()}
    record_event(revision.access_request, "request.saved", by=by, at=now, details=details)


@transaction.atomic
def submit(access_request: AccessRequest, *, by: User, note: str = "") -> AccessRequest:
    """Submit the draft for review; after a return, with a note on what was changed."""
    by = lock_person(by)
    continued, locked = lock_both(access_request, None)
    assert locked
    now = timezone.now()
    check("submit", locked, by)
    revision = _newest(locked)
    _check_again(revision, continued, by=by, now=now)
    revision.note = text_limits.checked_note(note, revision)
    return send(revision, by=by, now=now)


def _newest(access_request: AccessRequest) -> Revision:
    """Return the newest revision, with the version whose terms it accepts."""
    revision = access_request.revisions.select_related("accepted__policy").latest("number")
    revision.access_request = access_request
    return revision


def _check_again(revision: Revision, continued: Grant | None, *, by: User, now: datetime) -> None:
    """Validate a draft again: models, policies, people and dates may have changed since."""
    if revision.submitted_at:
        raise Invalid(
            {"": _("Nothing has changed since you last sent this. Make your changes first.")}
        )
    revision.read_related()
    access_request = revision.access_request
    _models, access_request.policy_version = _check_ask(
        input_of(revision), continued, revision, by=by, now=now, sending=True
    )


@transaction.atomic
def withdraw(access_request: AccessRequest, *, by: User, reason: str = "") -> AccessRequest:
    """Withdraw a request that isn't decided yet; its stages close with it."""
    access_request = lock_request(access_request.pk)
    now = timezone.now()
    check("withdraw", access_request, by)
    stages.close_rest(access_request, by=by, now=now)
    reason = checked_reason(reason)
    votes.close_request(access_request, "withdraw", by=by, reason=reason, now=now)
    return access_request


@transaction.atomic
def appeal(access_request: AccessRequest, *, by: User, reason: str) -> AccessRequest:
    """Appeal a denial with a new request, decided by people who haven't voted on it.

    It copies what was denied and puts the reason before the purpose.
    """
    by = lock_person(by)
    denied = lock_request(access_request.pk)
    now = timezone.now()
    check("appeal", denied, by)
    reason = checked_reason(reason, needed=_("Explain why the decision should be reviewed again."))
    text = denied.revision
    revision = _appeal_of(denied, text, now=now)
    request_input = submission.appeal_input(input_of(text), reason, today=now.date())
    ai_models = requested_models.requested_models(request_input, now=now)
    # A request for the same model may have been sent since the denial.
    requested_models.check_not_held(ai_models, by=by, but=None, continues=denied.continues)
    text_limits.check(request_input, text, is_appeal=True)
    drafts.write_draft(request_input, revision, ai_models, denied.policy_version, now)
    revision.files.set(text.files.all())
    _note_saved(revision, by=by, now=now)
    return send(revision, by=by, now=now)


def _appeal_of(denied: AccessRequest, text: Revision, *, now: datetime) -> Revision:
    appeal = AccessRequest.objects.create(
        requester=denied.requester,
        policy_version=denied.policy_version,
        created_at=now,
        appeal_of=denied,
        continues=denied.continues,
    )
    return Revision(access_request=appeal, starts_on=text.starts_on, ends_on=text.ends_on)
