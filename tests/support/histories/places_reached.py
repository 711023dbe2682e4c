"""Which interesting places a history has been to, so that a long run can show that it was there."""

from collections.abc import Iterator

from tests.support.reference_model import Request, Stage, World

EVERYWHERE = (
    "request.approved",
    "request.denied",
    "request.expired",
    "request.narrowed",
    "request.returned",
    "request.withdrawn",
    "grant.ended",
    "stage.deadlocked",
    "stage.escalated",
    "stage.joined",
    "stage.reminded",
    "stage.skipped",
    "stage.unlocked",
    "vote.recuse",
    "appeal",
    "appeal approved",
    "appeal denied",
    "step carried along",
    "approved with a step carried along",
    "narrowed grant",
    "vote in another's place",
    "quorum of several",
    "quorum of several with a delegate",
    "several steps passed",
    "denials of several",
    "refused: Invalid",
    "refused: NotAllowed",
    "refused: WrongState",
)


def reached(world: World) -> set[str]:
    return {word for request in world.requests for word in of_request(request)}


def of_request(request: Request) -> Iterator[str]:
    approved = request.state == "approved"
    if request.appeal_of:
        yield "appeal"
        yield f"appeal {request.state}"
    if any(stage.origin for stage in request.stages):
        yield "step carried along"
        if approved:
            yield "approved with a step carried along"
    if approved and request.narrowed:
        yield "narrowed grant"
    if sum(stage.state == "passed" for stage in request.stages) > 1:
        yield "several steps passed"
    for stage in request.stages:
        yield from of_stage(stage)


def of_stage(stage: Stage) -> Iterator[str]:
    lent = any(seat != voter for voter, seat, _ in stage.ballots)
    if lent:
        yield "vote in another's place"
    if stage.state == "failed" and stage.step.denials_to_fail > 1:
        yield "denials of several"
    if stage.state == "passed" and stage.cast("approve") > 1:
        yield "quorum of several"
        if lent:
            yield "quorum of several with a delegate"
