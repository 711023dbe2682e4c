"""Whoever of the staff reads a request is written down, before they get to read it."""

import pytest
from django.db import IntegrityError

from lifecycle.people.models import User
from requests_app.models import AccessRequest, ReadLogEntry, Stage
from tests.support.desk_client import decide, page_of, seen, signed_in

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
