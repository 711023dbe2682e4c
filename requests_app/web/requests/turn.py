"""Who has to act on a request, and until when."""

from datetime import datetime

from django.utils.translation import gettext as _

from requests_app.models import AccessRequest, Stage
from requests_app.states import NOBODY, REQUEST, StageState


def open_stage(access_request: AccessRequest) -> Stage | None:
    """Return the open stage; needs stages and steps prefetched."""
    stages = access_request.stages.all()
    return next((stage for stage in stages if stage.state == StageState.OPEN), None)


def is_requesters_turn(access_request: AccessRequest) -> bool:
    return REQUEST.owners[access_request.state] == "requester"


def whose_turn(access_request: AccessRequest) -> str:
    """Return who has to act now, addressed to the requester; empty if nobody has."""
    owner = REQUEST.owners[access_request.state]
    if owner == NOBODY:
        return ""
    if is_requesters_turn(access_request):
        return _("You")
    stage = open_stage(access_request)
    if stage is None:
        return _("The reviewers")
    return _("The reviewers of “%(step)s”") % {"step": stage.step.name}


def due_at(access_request: AccessRequest) -> datetime | None:
    stage = open_stage(access_request)
    return stage.due_at if stage else None
