"""Whoever of the staff reads a request or an essay is written down, before they get to read it."""

import pytest
from django.db import IntegrityError

from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from requests_app.actions.voice import essay_votes
from requests_app.models import AccessRequest, ReadLogEntry, Stage
from requests_app.reports import data_export
from tests.support.desk_client import decide, page_of, seen, signed_in, text_of
from tests.voice.conftest import decide as decide_essay
from tests.voice.conftest import ed, editor, essay, essay_policy, example, series, una

__all__ = ["ed", "essay", "essay_policy", "example", "series", "una"]  # fixtures
pytestmark = pytest.mark.django_db


def readers() -> list[str]:
    return [
        look.person.full_name
        for look in ReadLogEntry.objects.order_by("pk").select_related("person")
    ]


def test_review_page_records_each_look(in_review: AccessRequest, rita: User, sam: User) -> None:
    for who in (rita, sam, rita):
        seen(who, in_review)
    assert readers() == ["Rita", "Sam", "Rita"]


def test_decide_records_who_skipped_the_page(stage: Stage, rita: User) -> None:
    decide(rita, stage, "approve", confirmed=None)
    assert readers() == ["Rita"]


def test_emergency_page_records_a_look(in_review: AccessRequest, zoe: User) -> None:
    page = f"/admin/requests_app/breakglass/grant/{in_review.pk}/"
    assert signed_in(zoe).get(page).status_code == 200
    assert readers() == ["Zoe"]


def test_refused_page_records_nothing(in_review: AccessRequest, zoe: User, eve: User) -> None:
    for who in (zoe, eve):
        signed_in(who).get(page_of(in_review))
    assert readers() == []


def test_page_that_cannot_be_recorded_is_not_shown(
    in_review: AccessRequest, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**fields: object) -> ReadLogEntry:
        raise OSError("disk full")

    monkeypatch.setattr(ReadLogEntry.objects, "create", fail)
    with pytest.raises(OSError, match="disk full"):
        seen(rita, in_review)


def test_owners_see_who_has_read_it_and_reviewers_do_not(
    in_review: AccessRequest, rita: User, pat: User
) -> None:
    seen(rita, in_review)
    assert "Who has read this" not in seen(rita, in_review)
    assert "<strong>Rita</strong>: 2 times since" in seen(pat, in_review)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_read_log_entry_is_never_changed(
    in_review: AccessRequest, rita: User, pat: User, change: str
) -> None:
    seen(rita, in_review)
    look = ReadLogEntry.objects.filter(person=rita)
    with pytest.raises(IntegrityError, match="never changed"):
        look.update(person=pat) if change == "update" else look.delete()


# Essays -----------------------------------------------------------------------------------------


def test_essay_in_review_records_each_look_and_its_policys_owners_see_them(
    essay: Essay, ed: User, rita: User, sam: User, pat: User, eve: User
) -> None:
    page = f"/admin/voice/essay/{essay.pk}/change/"
    for who in (ed, rita, rita):
        assert "Who has read this" not in text_of(signed_in(who).get(page))
    assert signed_in(eve).get(page).status_code != 200
    assert readers() == ["Ed", "Rita", "Rita"]
    shown = signed_in(editor(pat)).get(page).content.decode()
    assert "<strong>Rita</strong>: 2 times since" in " ".join(shown.split())
    bad = {"choice": "veto", "reason": " ", "shown": essay.shown_digest()}
    signed_in(sam).post(f"/admin/voice/essay/{essay.pk}/vote/", bad)
    assert readers()[3:] == ["Pat", "Sam"]
    assert data_export.of_person(sam)["looks"][0]["essay"] == "example-essays/1"
    with pytest.raises(IntegrityError, match="never changed"):
        ReadLogEntry.objects.update(person=pat)


def test_published_essay_is_for_everybody(essay: Essay, ed: User, rita: User, sam: User) -> None:
    decide_essay(essay, essay_votes.approve, rita, sam)
    signed_in(ed).get(f"/admin/voice/essay/{essay.pk}/change/")
    assert readers() == []
