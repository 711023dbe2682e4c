"""What is recorded of a model that people can request waits for another editor."""

import ast
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from lifecycle.catalogue.models import AccessRoute, AIModel
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from lifecycle.voice.models import EssaySeries, Interview, Preference
from requests_app.actions import proposals
from requests_app.actions.voice.named_actions import ACTIONS
from requests_app.actions.voice.second_editor import change
from requests_app.models import Event, Notice, Policy, Proposal
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from tests.api.test_catalogue_loading import entry
from tests.api.test_tokens import with_token
from tests.conftest import person
from tests.support.api_client import API
from tests.support.desk_client import signed_in, text_of
from tests.voice.conftest import BODY, editor
from tests.voice.test_file_loading import PAGE, VOICE

pytestmark = pytest.mark.django_db
WHO = {"decided_by": "The board", "reason": "It is cheap."}
APP = ROOT / "requests_app"
WISH = "To go on writing."


@pytest.fixture
def asked_for(policy: Policy, opus: AIModel) -> AIModel:
    """A model that people can request."""
    return opus


@pytest.fixture
def emil(db: None) -> User:
    """Another editor."""
    return editor(person("emil", staff=True))


def the(row: type[Any]) -> Any:
    return row.objects.get()


def test_desks_interview_waits_and_is_entered_as_its_authors(
    asked_for: AIModel, ed: User, emil: User
) -> None:
    sent = {"ai_model": asked_for.pk, "conducted_by": "Example Lab", "took_place": "2026-01",
            "summary": "An example.", "source_kind": "provider"}  # fmt: skip
    answer = signed_in(ed).post("/admin/voice/interview/add/", sent, follow=True)
    proposal = the(Proposal)
    assert not Interview.objects.exists()
    assert "New: interview." in text_of(answer)
    assert Event.objects.get(kind="proposal.made").details["changes"] == [
        "interview: conducted by Example Lab; took place 2026-01; summary An example.; "
        "source kind provider"
    ]
    assert [each.recipient for each in Notice.objects.all()] == [emil]
    page = f"/admin/requests_app/proposal/{proposal.pk}/"
    shown = text_of(signed_in(emil).get(f"{page}change/"))
    assert "An example." in shown
    assert 'value="accept"' in shown
    signed_in(emil).post(f"{page}decide/", {"choice": "accept"})
    assert (the(Interview).summary, the(Interview).took_place) == ("An example.", "2026-01")
    kinds = Event.objects.filter(ai_model=asked_for).values_list("kind", "actor")
    assert list(kinds)[1:] == [("proposal.accepted", emil.pk), ("interview.recorded", ed.pk)]
    assert not list(audit_chain.problems())


Told = dict[str, Any]
Case = tuple[str, Callable[[], Any], Callable[[], Told]]
SERIES = {"slug": "s", "title": "S", "disclaimer": "No.", "starts_on": date(2026, 1, 2)}
CASES: list[Case] = [
    ("record_interview", lambda: the(AIModel), lambda: {"conducted_by": "Lab"}),
    ("correct_summary", lambda: the(Interview), lambda: {"summary": "New.", "reason": "Empty."}),
    ("add_participant", lambda: the(Interview),
     lambda: {"name": "Rita", "role": "Guest", "person": User.objects.get(full_name="Rita")}),
    ("add_session", lambda: the(Interview),
     lambda: {"held_on": date(2026, 1, 3), "context": "", "transcript": BODY}),
    ("record_preference", lambda: the(AIModel),
     lambda: {"text": WISH, "interview": the(Interview), "source": PAGE}),
    ("defer_preference", lambda: the(Preference), lambda: {**WHO, "until": date(2090, 1, 1)}),
    ("accept_preference", lambda: the(Preference), lambda: WHO),
    ("complete_preference", lambda: the(Preference), lambda: {"outcome": "A channel."}),
    ("begin_series", lambda: the(AIModel), lambda: {**SERIES, "policy": the(Policy)}),
]  # fmt: skip


def test_second_editor_reads_what_a_correction_would_replace(
    asked_for: AIModel, ed: User, emil: User
) -> None:
    change("record_interview", asked_for, by=ed, conducted_by="Lab", summary="Old words.")
    proposals.accept(the(Proposal), by=emil)
    told = {"summary": "New words.", "reason": "It said nothing."}
    waiting = change("correct_summary", the(Interview), by=ed, **told)
    page = text_of(signed_in(emil).get(f"/admin/requests_app/proposal/{waiting.pk}/change/"))
    assert page.index("Summary today") < page.index("Old words.") < page.index("New words.")
    proposals.accept(waiting, by=emil)
    page = text_of(signed_in(emil).get(f"/admin/requests_app/proposal/{waiting.pk}/change/"))
    assert "Summary today" not in page


def test_every_change_waits_and_is_then_made_as_it_was_told(
    asked_for: AIModel, ed: User, emil: User
) -> None:
    for act, row, told in CASES:
        if act == "accept_preference":  # after what was deferred is considered again
            Preference.objects.update(
                state="considered", decided_on="", decided_by="", reason="", deferred_until=None
            )
        before = Event.objects.count()
        proposal = change(act, row(), by=ed, **told())
        assert isinstance(proposal, Proposal), act
        assert Event.objects.count() == before + 1, act
        proposals.accept(proposal, by=emil)
    interview, wish = the(Interview), the(Preference)
    assert interview.summary == "New."
    assert interview.participants.get().person == User.objects.get(full_name="Rita")
    assert interview.sessions.get().transcript == BODY
    assert (wish.text, wish.interview, wish.outcome) == (WISH, interview, "A channel.")
    assert (wish.source.url, wish.decided_by) == (PAGE, "The board")
    assert the(EssaySeries).review.policy == the(Policy)
    assert Event.objects.filter(kind="interview.session_added", actor=ed).count() == 1
    assert not list(audit_chain.problems())
    assert set(ACTIONS) - {act for act, _, _ in CASES} == {"decline_preference", "load_voice"}


def test_proposal_is_refused_for_what_would_be_refused(
    asked_for: AIModel, ed: User, rita: User
) -> None:
    with pytest.raises(Invalid, match="Name who conducted the interview"):
        change("record_interview", asked_for, by=ed, conducted_by=" ")
    with pytest.raises(NotAllowed):
        change("record_preference", asked_for, by=rita, text=WISH)
    first = change("record_preference", asked_for, by=ed, text=WISH)
    with pytest.raises(WrongState, match=proposals.ONE_WAITS):
        change("record_preference", asked_for, by=ed, text="Tea.")
    with pytest.raises(NotAllowed, match="You proposed this change"):
        proposals.accept(first, by=ed)


def test_accepting_is_refused_when_it_is_overtaken_or_its_author_left(
    asked_for: AIModel, ed: User, emil: User
) -> None:
    wish = Preference.objects.create(ai_model=asked_for, text=WISH, recorded_at=timezone.now())
    proposal = change("accept_preference", wish, by=ed, **WHO)
    AccessRoute.objects.all().delete()
    change("decline_preference", wish, by=emil, **WHO)
    with pytest.raises(WrongState, match="This preference is declined, so it can't be accepted"):
        proposals.accept(proposal, by=emil)
    ed.groups.clear()
    with pytest.raises(WrongState, match=proposals.AUTHOR_LEFT):
        proposals.accept(proposal, by=emil)
    assert proposals.decline(proposal, by=emil, reason="Overtaken.").state == "declined"


def test_api_says_what_waits_and_loads_a_files_voice(
    asked_for: AIModel, ed: User, emil: User
) -> None:
    api = with_token(ed, "catalogue.write")
    answer = api.post(f"{API}/models/{asked_for.identifier}/preferences/", {"text": WISH})
    assert (answer.status_code, answer.json()) == (202, {"proposal": the(Proposal).public_id})
    proposals.decline(the(Proposal), by=emil, reason="Not ours.")
    named = {"name": asked_for.name, "voice": VOICE}
    file = {
        "sources": [{"url": PAGE, "kind": "provider"}], "notice_days": {"anthropic": None},
        "models": [entry(asked_for.identifier, **named), entry("new-1", access=["none"])],
    }  # fmt: skip
    body = {"file": file, "reason": "Its own page."}
    assert outcomes(api.post(f"{API}/catalogue/", body)) == ["proposed", "added"]
    assert outcomes(api.post(f"{API}/catalogue/", body)) == ["waiting", "unchanged"]
    proposals.accept(Proposal.objects.get(state="waiting"), by=emil)
    assert (the(Preference).text, the(EssaySeries).channel) == (WISH, PAGE)
    event = Event.objects.get(kind="preference.recorded")
    assert (event.actor, event.details["why"]) == (ed, "Its own page.")
    assert outcomes(api.post(f"{API}/catalogue/", body)) == ["unchanged", "unchanged"]
    assert not list(audit_chain.problems())


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["outcome"] for each in answer.json()["models"]]


CALLS = {
    "interviews": {"record", "correct_summary", "add_participant", "add_session"},
    "preferences": {"record", "accept", "decline", "defer", "complete"},
    "essays": {"begin_series"},
}


def test_no_door_goes_around_it() -> None:
    doors = [path for door in ("admin", "api") for path in (APP / door).rglob("*.py")]
    used = {ast.unparse(each) for path in doors for each in ast.walk(ast.parse(path.read_text()))
            if isinstance(each, ast.Attribute)}  # fmt: skip
    assert "essays.hand_in" in used
    assert not used & {f"{module}.{name}" for module, names in CALLS.items() for name in names}
