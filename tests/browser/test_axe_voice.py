"""axe-core finds nothing on the pages of interviews and essays, and on the desk's."""

import pytest

from lifecycle.people.models import User
from lifecycle.voice.models import InterviewSession, Preference
from requests_app.actions.voice import essay_votes, protocols
from tests.browser.conftest import Visit
from tests.browser.test_axe import Crawler
from tests.voice.conftest import (
    an_essay,
    decide,
    ed,
    essay,
    essay_policy,
    example,
    interview,
    preference,
    series,
    session,
    una,
)

__all__ = [
    "ed", "essay", "essay_policy", "example", "interview", "preference", "series", "session", "una",
]  # fmt: skip

pytestmark = pytest.mark.stack
REPORT, ESSAYS, DESK = "/deployment-reports/example-1/", "/essays/example-essays/", "/admin/voice/"


@pytest.fixture
def everything(
    essay: object,
    session: InterviewSession,
    preference: Preference,
    ed: User,
    rita: User,
    sam: User,
) -> None:
    """A transcript, a preference, a protocol, and essays published, vetoed and in review."""
    model_series = preference.ai_model.essay_series.get()
    lab = preference.ai_model.provider
    protocols.publish(lab, by=ed, slug="exit", name="Exit", text="Ask.")
    decide(model_series.essays.get(), essay_votes.approve, rita, sam)
    decide(an_essay(model_series, ed), essay_votes.veto, rita, sam)
    an_essay(model_series, ed)


@pytest.mark.usefixtures("everything")
def test_pages_of_what_a_model_said_have_no_violation(visit: Visit, ed: User, una: User) -> None:
    crawler = Crawler(visit)
    public = (f"{REPORT}interviews/1/1/", ESSAYS, f"{ESSAYS}1/", f"{ESSAYS}2/")
    crawler.crawl(None, REPORT, *public, "/interview-protocols/exit/1/", within="/none/")
    adding = [f"{DESK}{name}/add/" for name in ("interview", "preference", "protocol")]
    crawler.crawl(ed, DESK, *adding, f"{DESK}essayseries/add/", within=DESK)
    crawler.crawl(una, f"{DESK}essay/", within=f"{DESK}essay/")
    assert "\n".join(crawler.found) == ""
