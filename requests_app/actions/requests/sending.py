"""Send a checked text to its reviewers; every way to submit a request ends here."""

from datetime import datetime

from lifecycle.people.models import User
from requests_app.actions.requests import affiliations, invitations, participating_reviewers
from requests_app.actions.review import stages
from requests_app.models import AccessRequest, Revision
from requests_app.rules import quorum
from requests_app.rules.conflicts import RequestConflicts
from requests_app.transitions.transition import move


def send(revision: Revision, *, by: User, now: datetime) -> AccessRequest:
    """Submit a checked revision: open its first stages, and note whom it bars."""
    access_request = revision.access_request
    version = access_request.policy_version
    revision.submitted_at = now
    revision.save(update_fields=["submitted_at", "note"])
    affiliations.declare(revision)
    # After `declare`: the institutions it stores decide who is barred from which step.
    conflicts = RequestConflicts(access_request)
    steps = list(version.steps.select_related("reviewers", "alternates"))
    needed = quorum.steps_needed(steps, revision)
    carried = stages.carried_stages(revision, steps, needed, now=now)
    quorum.check_decidable(conflicts, needed, carried)
    # Nobody has narrowed what is only being sent.
    digest = revision.digest(revision.asked())
    move(
        access_request,
        "submit",
        by=by,
        at=now,
        details={"revision": revision.number, "policy": str(version), "digest": digest},
        submitted_at=now,
        policy_version=version,
    )
    invitations.end_waiting(access_request, by=by, now=now)
    participating_reviewers.note_new(revision, by=by, now=now)
    participating_reviewers.note_barred(revision, by=by, now=now)
    stages.create_stages(revision, steps, carried, conflicts=conflicts, now=now)
    return access_request
