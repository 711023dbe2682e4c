"""What the database says, in one query by hand: every step of every history asks for all of it."""

from dataclasses import dataclass

from django.db import connection

from requests_app.states import REQUEST, STAGE
from tests.support import reference_model

STATES = "SELECT json_object_agg(id, state) FROM requests_app_accessrequest"
STAGES = """
SELECT json_agg(json_build_array(
           stage.access_request_id, stage.revision_id, stage.id, stage.state,
           stage.escalated_at IS NOT NULL, stage.deadlocked_at IS NOT NULL,
           stage.carried_from_id IS NOT NULL, step.quorum,
           ARRAY(SELECT ARRAY[voter_id::text, seat_id::text, choice] FROM requests_app_vote
                 WHERE stage_id = stage.id)
       ) ORDER BY stage.access_request_id, stage.revision_id, step.position)
FROM requests_app_stage AS stage JOIN requests_app_policystep AS step ON step.id = stage.step_id
"""
EVENTS = """
SELECT json_agg(json_build_array(event.id, event.kind, ARRAY(
           SELECT person.email FROM requests_app_notice AS notice
           JOIN people_user AS person ON person.id = notice.recipient_id
           WHERE notice.event_id = event.id)))
FROM requests_app_event AS event WHERE event.id > %s AND event.access_request_id IS NOT NULL
"""
GRANTS = """
SELECT json_agg(json_build_array(access_request_id, ARRAY(
           SELECT identifier FROM requests_app_grantedmodel AS granted
           JOIN catalogue_aimodel AS model ON model.id = granted.ai_model_id
           WHERE granted.grant_id = given.id),
       operations, extract(epoch FROM duration) / 86400))
FROM requests_app_grant AS given
"""
ALL = f"SELECT ({STATES}), ({STAGES}), ({EVENTS}), ({GRANTS})"  # noqa: S608  # constants
NEXT_EVENT = "SELECT nextval('requests_app_event_id_seq')"


@dataclass(frozen=True)
class StageRow:
    """A stage as the database has it."""

    request: int
    revision: int
    pk: int
    state: str
    escalated: bool
    deadlocked: bool
    carried: bool
    quorum: int
    votes: list[list[str]]


class DatabaseState:
    """All requests, stages and grants at one moment, and the events since another."""

    def __init__(self, event: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(ALL, [event])
            states, stages, events, grants = cursor.fetchone()
        self.states: dict[int, str] = {int(pk): state for pk, state in (states or {}).items()}
        self.stages = [StageRow(*stage) for stage in stages or ()]
        self.events: list[tuple[int, str, list[str]]] = events or []
        self.given = {request: scope(*what) for request, *what in grants or ()}

    def newest(self, request: int) -> list[StageRow]:
        """The stages of its last revision, in the order of their steps."""
        stages = [stage for stage in self.stages if stage.request == request]
        return [stage for stage in stages if stage.revision == stages[-1].revision]

    def ends(self) -> dict[tuple[str, int], str]:
        """What has come to its end."""
        ends = {("request", pk): s for pk, s in self.states.items() if s in REQUEST.terminal}
        return ends | {("stage", s.pk): s.state for s in self.stages if s.state in STAGE.terminal}


def scope(identifiers: list[str], operations: list[str], days: float) -> reference_model.Scope:
    return frozenset(identifiers), frozenset(operations), int(days)


def next_event() -> int:
    with connection.cursor() as cursor:
        cursor.execute(NEXT_EVENT)
        return int(cursor.fetchone()[0])
