"""Who writes comments on a request under review, and who may read them.

Whoever has a conflict of interest does neither, as they don't vote. On an open blind step the
comments of those who decide it are hidden like their votes.
"""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.config.logs import redacted
from lifecycle.people.models import User
from lifecycle.text.normalization import tidied
from requests_app.models import AccessRequest, Event
from requests_app.rules.conflicts import RequestConflicts
from requests_app.rules.desk.comment_events import KINDS, kind_for
from requests_app.rules.desk.visibility import requests_visible_to
from requests_app.rules.desk.vote_visibility import visibility_for
from requests_app.rules.eligibility import VotingPanel, active_staff
from requests_app.rules.repeated_actions import REPEAT_WINDOW


def why_not_comment(conflicts: RequestConflicts, by: User) -> str | None:
    """Return the sentence that refuses a comment by this person; None if they may write one."""
    if not by.is_staff or not _reviews_or_owns(conflicts.access_request, by, timezone.now()):
        return _("Only the request's reviewers and its policy's owners can comment.")
    if conflicts.of(by):
        return _(
            "You have a conflict of interest on this request, so you can't read or write comments."
        )
    return None


def _reviews_or_owns(access_request: AccessRequest, person: User, now: datetime) -> bool:
    found = AccessRequest.objects.filter(requests_visible_to(person, now), pk=access_request.pk)
    return found.exists()


def readers(comment: Event) -> list[User]:
    """Return the others whom a new comment concerns: who may vote now, and who commented before."""
    assert comment.access_request  # its chain
    panel = open_panel(comment.access_request, comment.at)
    wrote = active_staff().filter(
        events__access_request=comment.access_request, events__kind__in=KINDS
    )
    people = {one.pk: one for one in (*(panel.asked if panel else ()), *wrote.distinct())}
    people.pop(comment.actor_id or 0, None)
    return [one for one in people.values() if may_read(comment, one, panel, comment.at)]


def may_read(comment: Event, who: User, panel: VotingPanel | None, now: datetime) -> bool:
    """Return whether `who` sees the comment on the desk now; `panel` is of the open stage."""
    access_request = comment.access_request
    assert access_request  # its chain
    if visibility_for(who, RequestConflicts(access_request), panel).hides_event(comment):
        return False
    opens = who.is_superuser or _reviews_or_owns(access_request, who, now)
    return who.is_active and who.is_staff and opens


def open_panel(access_request: AccessRequest, now: datetime) -> VotingPanel | None:
    """Return the panel of the request's open stage, if there is one."""
    stages = access_request.stages.open().select_related("step__reviewers", "step__alternates")
    stage = stages.select_related("revision").first()
    if stage is None:
        return None
    stage.access_request = stage.revision.access_request = access_request
    return VotingPanel(stage, now)


def was_just_written(
    access_request: AccessRequest, text: str, by: User, *, shown_to_requester: bool
) -> bool:
    """Return whether `by` wrote the same to the same readers a moment ago, as by a double click."""
    kind = kind_for(shown_to_requester=shown_to_requester)
    recent = access_request.events.filter(actor=by, at__gt=timezone.now() - REPEAT_WINDOW)
    return recent.filter(kind=kind, details__text=redacted(tidied(text))).exists()
