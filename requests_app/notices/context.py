"""What a message may speak of. Nothing here is secret."""

from typing import Any

from django.conf import settings

from requests_app.models import Grant, Key, Notice, Stage
from requests_app.states import StageState

ONLY_WHILE_OPEN = (
    "stage_opened",
    "stage_reminder",
    "stage_called",
    "stage_deadlocked",
    "request_deadlocked",
)


def of_notice(notice: Notice) -> dict[str, Any]:
    """The names that the templates under templates/mail/ know."""
    event = notice.event
    access_request = event.access_request
    row = _subject(event.subject)
    return {
        "site_url": settings.SITE_URL,
        "person": notice.recipient or "all",
        "event": event,
        "access_request": access_request,
        "models": [str(model) for model in access_request.revision.ai_models.all()]
        if access_request
        else [],
        "stage": row if isinstance(row, Stage) else _open_stage(access_request),
        "grant": _grant(row, access_request),
        "key": row if isinstance(row, Key) else None,
    }


def is_too_late(notice: Notice, context: dict[str, Any]) -> bool:
    """Whether it asks for something that was decided meanwhile."""
    stage = context["stage"]
    return notice.template in ONLY_WHILE_OPEN and stage.state != StageState.OPEN


def _subject(public_id: str) -> Stage | Grant | Key | None:
    kind, _, _rest = public_id.partition("_")
    if public_id.startswith("stage-"):
        return Stage.objects.select_related("step").get(pk=public_id.removeprefix("stage-"))
    if kind == "grant":
        return Grant.objects.get(public_id=public_id)
    if kind == "key":
        return Key.objects.select_related("grant").get(public_id=public_id)
    return None


def _open_stage(access_request: Any) -> Stage | None:
    return access_request.stages.open().first() if access_request else None


def _grant(row: Stage | Grant | Key | None, access_request: Any) -> Grant | None:
    if isinstance(row, Grant):
        return row
    if isinstance(row, Key):
        return row.grant
    return access_request.grants.first() if access_request else None
