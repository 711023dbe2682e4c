"""Delete an account: end all of its access and erase what doesn't have to be kept."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Field, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import Promise, WeightsCustody
from lifecycle.people import account_deletion, languages
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app import system_reasons
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.requests import invitations
from requests_app.actions.requests.drafts import editable_revision
from requests_app.actions.standing import lists
from requests_app.files import storage
from requests_app.models import (
    AccessRequest,
    Attachment,
    BulkRevocation,
    Delegation,
    Demand,
    Follow,
    Invitation,
    Key,
    Notice,
    ReviewerInvitation,
    ReviewerPreference,
    Revision,
    SavedReason,
    StoredAnswer,
)
from requests_app.models.requests.invitation import EDITABLE_STATES, ERASED_ADDRESS_SUFFIX
from requests_app.notices import direct_mail
from requests_app.refusals import NotAllowed
from requests_app.rules.permissions import NOT_IN_GOOD_STANDING
from requests_app.transitions.affected import affected_by
from requests_app.transitions.locks import affected_request_ids, lock_request, lock_requests
from requests_app.transitions.people_locks import lock_person, lock_superusers
from requests_app.transitions.transition import record_event

ERASED_EMAIL = f"nobody{ERASED_ADDRESS_SUFFIX}"


TEXT_FIELD_TYPES = ("TextField", "CharField", "JSONField", "URLField")


def why_not_delete(person: User) -> str | None:
    """Return the sentence that refuses to delete this account; None if it can be deleted."""
    if not person.is_active:
        return _(NOT_IN_GOOD_STANDING)
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk)
    if person.is_superuser and not others.exists():
        return _("You are the only superuser. Appoint another one first.")
    return None


@transaction.atomic
def delete_account(person: User, *, by: User) -> BulkRevocation:
    """End all access of a person, withdraw their requests and erase their personal data.

    Events, votes and submitted texts stay unchanged, so that every chain still verifies.
    """
    person = _lock(person)
    if by.pk != person.pk:
        raise NotAllowed(_("Only the account's owner can delete it."))
    if sentence := why_not_delete(person):
        raise NotAllowed(sentence)
    # Kept for the last email: `forget` empties both.
    address, language = person.email, languages.of_person(person)
    now = timezone.now()
    name = f"person-{person.pk}"
    drafts = _drafts_with(person)
    # All in one call: locking the drafts separately would break the order of the locks.
    locked = lock_requests(affected_request_ids(affected_by(person)) | drafts)
    _leave_all([locked[pk] for pk in drafts & locked.keys()], person, now=now)
    ending = bulk_revocation.revoke_affected(
        person, by=person, reason=system_reasons.DELETED, name=name, now=now
    )
    _forget_drafts(person)
    _forget_invitations(person, now)
    Key.objects.filter(holder=person).update(label="")
    _stop_notices(person, now)
    lists.forget(person)
    account_deletion.forget(person)
    receipt = ending.public_id
    transaction.on_commit(
        # Not a notice: a row would have to keep the address that has just been erased.
        lambda: direct_mail.send_account_deleted(address, language, receipt),
        robust=True,
    )
    return ending


def _lock(person: User) -> User:
    """Lock the person; superusers first lock each other, so that the last one can't be deleted."""
    if person.is_superuser:
        lock_superusers()
    return lock_person(person)


def _drafts_with(person: User) -> set[int]:
    """Return ids of drafts by others that name this person as collaborator or invite them."""
    written = AccessRequest.objects.filter(state__in=EDITABLE_STATES).exclude(requester=person)
    asked = Q(pk__in=_active_invitations(person).values("access_request"))
    found = written.filter(asked | Q(revisions__collaborators=person))
    return set(found.values_list("pk", flat=True))


def _leave_all(drafts: Iterable[AccessRequest], person: User, *, now: datetime) -> None:
    """Decline the person's invitations to these locked drafts and remove them as collaborator."""
    for draft in drafts:
        # May have been submitted between the query and the lock; submitted texts never change.
        if draft.is_written:
            for invitation in _active_invitations(person).filter(access_request=draft):
                invitations.decline(invitation, by=person)
            _leave(lock_request(draft.pk), person, now=now)


def _active_invitations(person: User) -> QuerySet[Invitation]:
    mine = Q(person=person) | Q(email__in=addresses.verified(person))
    return Invitation.objects.standing().filter(mine)


def _leave(access_request: AccessRequest, person: User, *, now: datetime) -> None:
    revision = access_request.revision
    if person in revision.collaborators.all():
        revision = editable_revision(access_request)
        revision.collaborators.remove(person)
        details = {"revision": revision.number, "digest": revision.digest()}
        record_event(access_request, "request.saved", by=person, at=now, details=details)


def _stop_notices(person: User, now: datetime) -> None:
    """Drop pending notices to the person, and whatever would bring further ones."""
    Notice.objects.filter(recipient=person, sent_at=None, dropped_at=None).update(
        dropped_at=now, problem="The account was deleted."
    )
    ReviewerPreference.objects.filter(person=person).delete()
    SavedReason.objects.filter(person=person).delete()
    Demand.objects.filter(person=person).delete()
    StoredAnswer.objects.filter(person=person).delete()
    Promise.objects.filter(owner=person).update(owner=None)
    Promise.objects.filter(escalate_to=person).update(escalate_to=None)
    WeightsCustody.objects.filter(responsible=person).update(responsible=None)
    Follow.objects.filter(person=person).delete()
    lent = Delegation.objects.filter(Q(person=person) | Q(delegate=person))
    lent.exclude(ends_at__lte=now).filter(ended_at=None).update(ended_at=now)


def _forget_drafts(person: User) -> None:
    """Erase texts and files that were never submitted: nobody has read or decided on them."""
    unsent = Revision.objects.filter(access_request__requester=person, submitted_at=None)
    for revision in unsent:
        revision.collaborators.clear()
        revision.files.clear()
        blank = {field.attname: field.get_default() for field in _personal_fields(revision)}
        Revision.objects.filter(pk=revision.pk).update(**blank)
    files = Attachment.objects.filter(owner=person, revisions=None)
    names = list(files.values_list("public_id", flat=True))
    files.delete()
    # Only once the rows are gone for good: after a rollback they still need their content.
    transaction.on_commit(lambda: _drop(names), robust=True)


def _forget_invitations(person: User, now: datetime) -> None:
    """Erase the addresses that the person invited, and their own where others invited them."""
    theirs = Q(email__in=[person.email, *addresses.verified(person)])
    mine = Q(access_request__requester=person) | Q(person=person) | theirs
    rows = Invitation.objects.filter(mine)
    to_review = ReviewerInvitation.objects.filter(Q(by=person) | Q(person=person) | theirs)
    emails = {*rows.values_list("email", flat=True), *to_review.values_list("email", flat=True)}
    mails = Notice.objects.filter(address__in=emails)
    # What is sent keeps its row, with the address erased; what is pending is dropped below.
    mails.exclude(sent_at=None, dropped_at=None).update(address=ERASED_EMAIL)
    waiting = mails.filter(sent_at=None, dropped_at=None)  # others may have invited them too
    ids = {*rows.values_list("public_id", flat=True)}
    ids |= {*to_review.values_list("public_id", flat=True)}
    waiting.filter(event__subject__in=ids).update(
        address=ERASED_EMAIL, dropped_at=now, problem="The account was deleted."
    )
    # One address per row, as open invitations of a request are unique by address.
    for invitations_of in (rows, to_review):
        number = Concat(Value("inv-"), Cast("pk", CharField()), Value(ERASED_ADDRESS_SUFFIX))
        invitations_of.update(email=number)


def _personal_fields(revision: Revision) -> list["Field[object, object]"]:
    """Return a revision's free-text fields and the times at which its author agreed to terms."""
    fields = revision._meta.concrete_fields
    return [
        field
        for field in fields
        if field.null or (field.get_internal_type() in TEXT_FIELD_TYPES and not field.choices)
    ]


def _drop(names: list[str]) -> None:
    for name in names:
        storage.delete(name)
