"""Reviewers and owners of a policy who take part in a request under it, and so can't decide it."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from lifecycle.people.models import Affiliation, User
from requests_app.models import AccessRequest, Revision
from requests_app.transitions.transition import record_event


def among(people: QuerySet[User], access_request: AccessRequest) -> QuerySet[User]:
    """Those of them who review or own what the request is under."""
    version = access_request.policy_version
    steps = version.steps.all()
    reviews = Q(groups__policy_steps__in=steps) | Q(groups__alternate_steps__in=steps)
    return people.filter(reviews | Q(groups=version.policy.owners_id)).distinct().order_by("pk")


def note_barred(revision: Revision, *, by: User, now: datetime) -> None:
    """Tell the policy's owners whom an institution bars that nobody but the requester names.

    It may be meant to keep a reviewer away. A locked request is being sent for the first time.
    """
    access_request = revision.access_request
    if revision.number > 1 or not access_request.policy_version.institution_conflict:
        return
    vouched = Affiliation.objects.filter(person=by).exclude(vouched_by=None)
    only_said = access_request.institutions.exclude(institution__in=vouched.values("institution"))
    there = Q(ends_at=None) | Q(ends_at__gt=F("institution__requests__at"))
    held = Affiliation.objects.filter(there, institution__requests__in=only_said)
    if people := among(User.objects.filter(pk__in=held.values("person")), access_request):
        details = {"people": [str(one.pk) for one in people]}
        record_event(access_request, "request.reviewers_barred", by=by, at=now, details=details)


def note_new(revision: Revision, *, by: User, now: datetime) -> None:
    """Say so to the policy's owners, of whoever no earlier text named: it may be meant to bar them.

    A locked request is being sent. Each of them accepted, as `submission.check_collaborators` has
    seen to.
    """
    access_request = revision.access_request
    earlier = access_request.revisions.filter(submitted_at__isnull=False).exclude(pk=revision.pk)
    named = User.objects.filter(collaborations__in=earlier)
    new = revision.collaborators.exclude(pk__in=named.values("pk"))
    if people := among(new, access_request):
        details = {"revision": revision.number, "people": [str(one.pk) for one in people]}
        record_event(access_request, "request.reviewers_take_part", by=by, at=now, details=details)
