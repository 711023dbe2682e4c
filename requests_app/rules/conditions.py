"""Whether a condition requires a policy's step for a request."""

from collections.abc import Callable, Mapping, Sequence

from requests_app.models import Condition, PolicyStep, Revision, Track
from requests_app.models.requests.scope import OPERATIONS


def _first_request(revision: Revision, value: str) -> bool:
    """Return whether the requester had sent nothing before this request.

    Later requests don't change the answer. An appeal counts from when the denied request was sent.
    """
    access_request = revision.access_request
    same = {access_request.pk, access_request.appeal_of_id}
    sent = Revision.objects.filter(access_request__requester=access_request.requester_id)
    # Standing access isn't asked for, so it is no earlier request.
    sent = sent.filter(access_request__standing_rule=None)
    sent = sent.exclude(submitted_at=None).order_by("submitted_at")
    # Without a submitted text of its own, the draft is compared with all others.
    first = sent.filter(access_request__in=same - {None}).first()
    others = sent.exclude(access_request__in=same - {None})
    return not (others.filter(submitted_at__lt=first.submitted_at) if first else others).exists()


NUMBERS = (Condition.LONGER_THAN, Condition.COSTS_OVER)
OPTIONS: Mapping[str, Sequence[str]] = {
    Condition.OPERATION: OPERATIONS,
    Condition.TRACK: Track.values,
}

CONDITIONS: Mapping[str, Callable[[Revision, str], bool]] = {
    Condition.ALWAYS: lambda revision, value: True,
    Condition.LONGER_THAN: lambda revision, value: revision.duration.days > int(value),
    Condition.COSTS_OVER: lambda revision, value: revision.expected_cost > int(value),
    Condition.OPERATION: lambda revision, value: value in revision.operations,
    Condition.TRACK: lambda revision, value: revision.track == value,
    Condition.FIRST_REQUEST: _first_request,
}


def applies(step: PolicyStep, revision: Revision) -> bool:
    """Return whether `step` has to decide on `revision`; if not, its stage is skipped."""
    return CONDITIONS[step.condition](revision, step.condition_value)


def problem(condition: str, value: str) -> str | None:
    """Return what is wrong with a condition's value; None if it is valid."""
    if condition in NUMBERS:
        return None if value.isdecimal() else "needs a whole number"
    if options := OPTIONS.get(condition):
        return None if value in options else f"needs one of: {', '.join(options)}"
    return "takes no value" if value else None
