"""Who may make a break-glass grant, and who may review it afterwards."""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.models import AccessRequest, BreakGlass
from requests_app.rules.conflicts import RequestConflicts
from requests_app.wording import moments


def why_not_grant_now(access_request: AccessRequest, by: User) -> str | None:
    """Return the sentence that refuses a break-glass grant by `by`; None if they may."""
    if not by.is_staff or not is_named(by):
        return _("Only people authorised for emergency access can grant it.")
    if by.pk == access_request.requester_id:
        return _("You can't grant your own request.")
    return _conflict(access_request, by) or _earlier(access_request, by)


def is_named(person: User) -> bool:
    """Return whether the person's address is listed in BREAK_GLASS_EMAILS and verified."""
    # Verified, since anybody may rename their account to a listed address.
    named = person.email in settings.BREAK_GLASS_EMAILS
    return named and person.email in addresses.verified(person)


def _earlier(access_request: AccessRequest, by: User) -> str | None:
    """Refuse while the last one by or for the same person is unreviewed or was unjustified."""
    theirs = Q(by=by) | Q(grant__holder=access_request.requester_id)
    before = BreakGlass.objects.filter(theirs).select_related("grant")
    if waiting := before.waiting().first():
        return _(
            "%(grant)s, an emergency grant by or for the same person, still needs its review. "
            "Get it reviewed first."
        ) % {"grant": waiting.grant}
    wrong = before.filter(verdict=BreakGlass.Verdict.NOT_IN_ORDER)
    # Counted from the review, so a late verdict doesn't shorten the bar.
    last = wrong.filter(reviewed_at__gt=timezone.now() - settings.BREAK_GLASS_BAR)
    if barred := last.order_by("reviewed_at").last():
        assert barred.reviewed_at  # what has a verdict has it (constraint)
        until = barred.reviewed_at + settings.BREAK_GLASS_BAR
        return _(
            "%(grant)s, an emergency grant by or for the same person, was not justified. You can't "
            "grant this before %(until)s."
        ) % {"grant": barred.grant, "until": moments.moment(until)}
    return None


def _conflict(access_request: AccessRequest, person: User) -> str | None:
    conflict = RequestConflicts(access_request).of(person)
    return conflict.refusal if conflict else None


def why_not_review(broken: BreakGlass, by: User) -> str | None:
    """Return the sentence that refuses `by` the review; None if they may."""
    access_request = broken.grant.access_request
    if by.pk == broken.by_id:
        return _("You granted this yourself, so someone else has to review it.")
    if sentence := _conflict(access_request, by):
        return sentence
    if not people_involved(access_request).filter(pk=by.pk).exists():
        return _("Only the policy's owners and reviewers can review this.")
    return None


def people_involved(access_request: AccessRequest) -> QuerySet[User]:
    """Return the policy's owners, reviewers and alternates in good standing."""
    version = access_request.policy_version
    steps = Q(groups__policy_steps__version=version) | Q(groups__alternate_steps__version=version)
    people = User.objects.filter(steps | Q(groups=version.policy.owners_id), is_active=True)
    return people.distinct()
