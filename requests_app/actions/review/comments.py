"""Comment on a request under review: among its reviewers, or shown to its requester too."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Event
from requests_app.refusals import WrongState
from requests_app.rules.conflicts import RequestConflicts
from requests_app.rules.desk.comment_events import kind_for
from requests_app.rules.desk.comments import open_panel, was_just_written
from requests_app.rules.desk.vote_visibility import decides
from requests_app.rules.permissions import check, checked_reason
from requests_app.transitions.locks import lock_request
from requests_app.transitions.transition import record_event


@transaction.atomic
def comment(
    access_request: AccessRequest, *, by: User, text: str, shown_to_requester: bool = False
) -> Event:
    """Append a comment. Its event is the comment: nobody changes or removes it."""
    access_request = lock_request(access_request.pk)
    check("comment", RequestConflicts(access_request), by)
    text = checked_reason(text, needed=_("Write your comment first."))
    if was_just_written(access_request, text, by, shown_to_requester=shown_to_requester):
        raise WrongState(_("You have just written this comment."))
    now = timezone.now()
    panel = open_panel(access_request, now)
    # By its stage, a comment of somebody who decides it is hidden as their vote is.
    row = panel.stage if panel and decides(by, panel) else access_request
    details = {"text": text, **({"step": panel.stage.step.name} if panel else {})}
    kind = kind_for(shown_to_requester=shown_to_requester)
    return record_event(row, kind, by=by, at=now, details=details)
