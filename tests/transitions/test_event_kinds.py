"""Every kind of event that the code records has what must be said of it."""

from requests_app.notices.registry import NOTICE_RULES
from requests_app.rules.desk.comment_events import KINDS
from requests_app.wording.event_sentences import EVENT_SENTENCES
from tests.support.event_kinds import event_kinds

OF_THE_CATALOGUE = (
    "protocol.",
    "interview.",
    "preference.",
    "essay.",
    "retirement.",
    "model.",
    "proposal.",
    "source.",
    "provider.",
    "promise.",
    "weights.",
)
WITHOUT_TIMELINE = ("policy.", "standing_rule.", "reviewer_invitation.", *OF_THE_CATALOGUE)


def test_every_event_of_a_request_has_its_sentences() -> None:
    recorded = {kind for kind in event_kinds() if not kind.startswith(WITHOUT_TIMELINE)}
    assert set(EVENT_SENTENCES) == recorded
    unsaid = {kind for kind, each in EVENT_SENTENCES.items() if not each.reviewer}
    assert unsaid == set(KINDS)


def test_every_notice_is_about_an_event_that_is_recorded() -> None:
    assert set(NOTICE_RULES) <= event_kinds()
