"""Keep reasons for decisions: a reviewer's own, and a policy's for all of its reviewers."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.text.normalization import one_line
from lifecycle.text.validation import line_problem
from requests_app.models import Policy, SavedReason
from requests_app.models.review.saved_reason import MAX_NAME_LENGTH
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.permissions import checked_reason
from requests_app.rules.roles import in_group, is_reviewer
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.policy_locks import lock_policy
from requests_app.transitions.transition import record_event

MAX_REASONS = 20  # of a person, and of a policy
MAX_TEXT_LENGTH = 2_000
REVIEWERS_ONLY = "Only reviewers save reasons."
OWNERS_ONLY = "Only the policy's owners can share reasons for it."


@transaction.atomic
def add(*, by: User, name: str, text: str, policy: Policy | None = None) -> SavedReason:
    """Save a reason for oneself, or share it with the reviewers of a policy."""
    by, policy = _enter(policy, by)
    reason = SavedReason(policy=policy, person=None if policy else by)
    if _siblings(reason).count() >= MAX_REASONS:
        raise Invalid({"": f"There are {MAX_REASONS} already. Delete one first."})
    return _write(reason, name, text, by=by)


@transaction.atomic
def change(reason: SavedReason, *, by: User, name: str, text: str) -> SavedReason:
    """Change the name or the text of one."""
    return _write(_locked(reason, by), name, text, by=by)


@transaction.atomic
def remove(reason: SavedReason, *, by: User) -> SavedReason:
    """Delete it; decisions that used it keep their text."""
    reason = _locked(reason, by)
    if reason.policy:
        details = {"name": reason.name}
        _record(reason.policy, "policy.reason_removed", details, by=by)
    reason.delete()
    return reason


def why_not_add(policy: Policy | None, by: User) -> str | None:
    """Return the sentence that refuses another one for this owner; None if it is allowed."""
    if policy is None:
        return None if by.is_active and is_reviewer(by) else REVIEWERS_ONLY
    return None if by.is_active and in_group(by, policy.owners_id) else OWNERS_ONLY


def _enter(policy: Policy | None, by: User) -> tuple[User, Policy | None]:
    """Lock whose reason it is, so that neither their number nor a name is passed at once."""
    by = lock_person(by)
    policy = lock_policy(policy.pk) if policy else None
    if sentence := why_not_add(policy, by):
        raise NotAllowed(sentence)
    return by, policy


def _locked(reason: SavedReason, by: User) -> SavedReason:
    if reason.person_id not in (None, by.pk):
        raise NotAllowed("Only the person who saved it can change it.")
    _by, policy = _enter(reason.policy, by)
    found = SavedReason.objects.filter(pk=reason.pk).first()
    if found is None:
        raise WrongState("This reason has been deleted.")
    found.policy = policy
    return found


def _siblings(reason: SavedReason) -> QuerySet[SavedReason]:
    same = SavedReason.objects.filter(person=reason.person_id, policy=reason.policy_id)
    return same.exclude(pk=reason.pk)


def _write(reason: SavedReason, name: str, text: str, *, by: User) -> SavedReason:
    """Check both texts, all errors at once, and store them."""
    name, errors = one_line(name), {}
    if sentence := _name_problem(reason, name):
        errors["name"] = sentence
    try:
        text = checked_reason(text, needed="Write the text.", max_length=MAX_TEXT_LENGTH)
    except Invalid as refusal:
        errors["text"] = refusal.errors["reason"]
    if errors:
        raise Invalid(errors)
    reason.name, reason.text = name, text
    reason.save()
    if reason.policy:
        details = {"name": name, "text": text}
        _record(reason.policy, "policy.reason_shared", details, by=by)
    return reason


def _name_problem(reason: SavedReason, name: str) -> str | None:
    if not name:
        return "Give it a name."
    if len(name) > MAX_NAME_LENGTH:
        return f"Use at most {MAX_NAME_LENGTH} characters."
    if _siblings(reason).filter(name=name).exists():
        return f"Another one is already called “{name}”."
    return line_problem(name)


def _record(policy: Policy, kind: str, details: dict[str, str], *, by: User) -> None:
    record_event(policy, kind, by=by, at=timezone.now(), details=details)
