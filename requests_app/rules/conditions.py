"""Whether a step of a policy is needed for a request."""

from collections.abc import Callable, Mapping

from requests_app.models import Condition, PolicyStep, Revision, Track
from requests_app.models.requests.scope import OPERATIONS


def _first_request(revision: Revision, value: str) -> bool:
    """Nothing of theirs was sent before this was; what they send later doesn't change it.

    An appeal is what it appeals against, asked once more: it counts from when that was sent.
    """
    access_request = revision.access_request
    same = {access_request.pk, access_request.appeal_of_id}
    sent = Revision.objects.filter(access_request__requester=access_request.requester_id)
    sent = sent.exclude(submitted_at=None).order_by("submitted_at")
    first = sent.filter(access_request__in=same - {None}).first()
    others = sent.exclude(access_request__in=same - {None})
    return not (others.filter(submitted_at__lt=first.submitted_at) if first else others).exists()


NUMBERS = (Condition.LONGER_THAN, Condition.COSTS_OVER)

CONDITIONS: Mapping[str, Callable[[Revision, str], bool]] = {
    Condition.ALWAYS: lambda revision, value: True,
    Condition.LONGER_THAN: lambda revision, value: revision.duration.days > int(value),
    Condition.COSTS_OVER: lambda revision, value: revision.expected_cost > int(value),
    Condition.OPERATION: lambda revision, value: value in revision.operations,
    Condition.TRACK: lambda revision, value: revision.track == value,
    Condition.FIRST_REQUEST: _first_request,
}


def applies(step: PolicyStep, revision: Revision) -> bool:
    """Whether `step` has to decide on `revision`; if not, its stage is skipped."""
    return CONDITIONS[step.condition](revision, step.condition_value)


def problem(condition: str, value: str) -> str | None:
    """What is wrong with a condition's value; None when it can be judged."""
    if condition in NUMBERS:
        return None if value.isdecimal() else "needs a whole number"
    if condition == Condition.OPERATION:
        return None if value in OPERATIONS else f"needs one of: {', '.join(OPERATIONS)}"
    if condition == Condition.TRACK:
        return None if value in Track.values else f"needs one of: {', '.join(Track.values)}"
    return "takes no value" if value else None
