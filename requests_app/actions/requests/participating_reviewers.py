"""Notify policy owners of reviewers who can't decide a request for taking part in it."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from lifecycle.people.models import Affiliation, User
from requests_app.models import AccessRequest, Revision
from requests_app.transitions.transition import record_event


def among(people: QuerySet[User], access_request: AccessRequest) -> QuerySet[User]:
    """Return those of `people` who review for or own the request's policy."""
    version = access_request.policy_version
    steps = version.steps.all()
    reviews = Q(groups__policy_steps__in=steps) | Q(groups__alternate_steps__in=steps)
    return people.filter(reviews | Q(groups=version.policy.owners_id)).distinct().order_by("pk")


def note_barred(revision: Revision, *, by: User, now: datetime) -> None:
    """Notify the owners of reviewers barred only by an institution the requester named.

    Naming it may be meant to keep them out. The locked request is being sent for the first time.
    """
    access_request = revision.access_request
    if revision.number > 1 or not access_request.policy_version.institution_conflict:
        return
    # An affiliation that a superuser confirmed isn't only the requester's word.
    vouched = Affiliation.objects.filter(person=by).exclude(vouched_by=None)
    only_said = access_request.institutions.exclude(institution__in=vouched.values("institution"))
    there = Q(ends_at=None) | Q(ends_at__gt=F("institution__requests__at"))
    held = Affiliation.objects.filter(there, institution__requests__in=only_said)
    if people := among(User.objects.filter(pk__in=held.values("person")), access_request):
        details = {"people": [str(one.pk) for one in people]}
        record_event(access_request, "request.reviewers_barred", by=by, at=now, details=details)


def note_new(revision: Revision, *, by: User, now: datetime) -> None:
    """Notify the owners of reviewers whom this revision newly names as collaborators.

    Naming them may be meant to bar them. The locked request is being sent; each has accepted, as
    `submission.check_collaborators` ensures.
    """
    if not revision.collaborators.all():
        return
    access_request = revision.access_request
    earlier = access_request.revisions.filter(submitted_at__isnull=False).exclude(pk=revision.pk)
    named = User.objects.filter(collaborations__in=earlier)
    new = revision.collaborators.exclude(pk__in=named.values("pk"))
    if people := among(new, access_request):
        details = {"revision": revision.number, "people": [str(one.pk) for one in people]}
        record_event(access_request, "request.reviewers_take_part", by=by, at=now, details=details)
