"""An editor takes an essay back before it is decided, and corrects our words about an interview."""

import pytest
from django.test import Client

from lifecycle.people.models import User
from lifecycle.voice.models import Essay, InterviewSession
from requests_app.actions.voice import essay_votes, interviews
from requests_app.models import Event, Notice
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from tests.api.test_tokens import with_token
from tests.conftest import person
from tests.support.api_client import API, problem_of
from tests.support.concurrency import at_once, one_won
from tests.support.desk_client import signed_in, text_of
from tests.support.page_client import page
from tests.voice.conftest import ONLY_EDITORS, TRANSCRIPT, an_essay, decide, editor

pytestmark = pytest.mark.django_db
SERIES = "/essays/example-essays/"


def test_withdraw_ends_the_review_and_tells_its_reviewers(
    essay: Essay, ed: User, rita: User, sam: User, una: User
) -> None:
    decide(essay, essay_votes.approve, rita)
    answer = signed_in(ed).post(
        f"/admin/voice/essay/{essay.pk}/withdraw/", {"reason": "It names a person."}, follow=True
    )
    assert "Withdrawn. Its reviewers are told." in text_of(answer)
    essay.refresh_from_db()
    assert (essay.state, essay.reason, essay.stages.get().state) == ("withdrawn", "", "closed")
    assert Event.objects.get(kind="essay.withdrawn").details["reason"] == "It names a person."
    told = Notice.objects.filter(template="stage_decided")
    assert {each.recipient for each in told} == {rita, sam, una}
    assert "Withdraw</h2>" not in answer.content.decode()
    assert not list(audit_chain.problems())


def test_only_who_handed_it_in_withdraws_and_only_before_the_end(
    essay: Essay, ed: User, rita: User, sam: User
) -> None:
    other = editor(person("olga", staff=True))
    for who, sentence in ((rita, ONLY_EDITORS), (other, "^Only the editor who handed this essay")):
        with pytest.raises(NotAllowed, match=sentence):
            essay_votes.withdraw(essay, by=who)
    decide(essay, essay_votes.approve, rita, sam)
    with pytest.raises(WrongState, match="This essay is published, so it can't be withdrawn"):
        essay_votes.withdraw(essay, by=ed)


def test_withdrawn_essay_is_public_once_its_number_is_missed(
    essay: Essay, ed: User, rita: User, sam: User, client: Client
) -> None:
    call = f"{API}/essay-series/example-essays/essays/1/withdraw/"
    api = with_token(ed, "catalogue.write")
    for _ in range(2):  # the first answer may have been lost
        assert api.post(call).json()["state"] == "withdrawn"
    assert client.get(f"{SERIES}1/").status_code == 404
    assert "ithdrawn" not in page(client.get(SERIES))
    decide(an_essay(essay.series, ed, title="The next"), essay_votes.approve, rita, sam)
    shown = page(client.get(f"{SERIES}1/"))
    assert "This essay was withdrawn on" in shown
    series = page(client.get(SERIES))
    assert "One was withdrawn" in series
    for kept in ("On trying", "Indented", "Write about anything."):
        assert kept not in shown + series
    exported = client.get(f"{API}/essay-series/example-essays/").json()["essays"][0]
    assert (exported["state"], "body" in exported) == ("withdrawn", False)


def test_summary_is_corrected_with_a_reason_and_the_transcript_stays(
    session: InterviewSession, ed: User, client: Client
) -> None:
    interview, desk = session.interview, signed_in(ed)
    address = f"/admin/voice/interview/{interview.pk}/correct/"
    without = desk.post(address, {"summary": "Another.", "reason": " "})
    assert (without.status_code, interviews.CORRECTION_REASON in text_of(without)) == (422, True)
    sent = {"summary": "In two parts.", "reason": "It had two parts."}
    assert "Summary corrected." in text_of(desk.post(address, sent, follow=True))
    assert "In two parts." in page(client.get("/deployment-reports/example-1/"))
    details = Event.objects.get(kind="interview.corrected").details
    assert (details["before"], details["after"]) == ("An example.", "In two parts.")
    assert (details["reason"], details["interview"]) == ("It had two parts.", 1)
    session.refresh_from_db()
    assert session.transcript == TRANSCRIPT
    assert not list(audit_chain.problems())


def test_correction_is_refused_to_others_and_without_a_change(
    session: InterviewSession, ed: User, rita: User
) -> None:
    interview = session.interview
    with pytest.raises(NotAllowed, match=ONLY_EDITORS):
        interviews.correct_summary(interview, by=rita, summary="Mine.", reason="Mine.")
    with pytest.raises(Invalid, match=interviews.UNCHANGED):
        interviews.correct_summary(interview, by=ed, summary=interview.summary, reason="None.")
    call = f"{API}/interviews/{interview.pk}/correct/"
    api = with_token(ed, "catalogue.write")
    refused = problem_of(api.post(call, {"summary": "Other.", "reason": ""}), 422)
    assert list(refused["errors"]) == ["reason"]
    sent = {"summary": "Other.", "reason": "It was wrong."}
    assert api.post(call, sent).json()["summary"] == "Other."


@pytest.mark.django_db(transaction=True)
def test_of_a_withdrawal_and_the_last_vote_at_once_one_ends_it(
    essay: Essay, ed: User, rita: User, sam: User
) -> None:
    decide(essay, essay_votes.approve, rita)
    stage, shown = essay.stages.get(), essay.shown_digest()
    results = at_once(
        lambda: essay_votes.withdraw(essay, by=ed),
        lambda: essay_votes.approve(stage, by=sam, reason="Good.", shown=shown),
    )
    assert one_won(results)
    essay.refresh_from_db()
    ends = Event.objects.filter(kind__in=("essay.withdrawn", "essay.published"))
    assert [each.kind for each in ends] == [f"essay.{essay.state}"]
    assert not list(audit_chain.problems())
