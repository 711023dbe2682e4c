"""Sources: which are due to be read again, and who notes that they were."""

import json
from datetime import timedelta
from io import StringIO
from unittest.mock import ANY

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone

from lifecycle.catalogue import sources
from lifecycle.catalogue.editors import EDITORS, make_group
from lifecycle.catalogue.models import AIModel, Source
from lifecycle.people.models import User
from requests_app.models import Event
from requests_app.rules.catalogue import EDITORS_ONLY
from requests_app.transitions import audit_chain
from tests.conftest import person
from tests.support.desk_client import signed_in, text_of

pytestmark = pytest.mark.django_db

PAGE = "https://docs.example/deprecations"


@pytest.fixture
def ed(db: None) -> User:
    ed = person("ed", staff=True)
    make_group()
    ed.groups.add(Group.objects.get(name=EDITORS))
    return ed


@pytest.fixture
def source(opus: AIModel) -> Source:
    source = Source.objects.create(url=PAGE)
    opus.retirements.update(source=source)
    return source


def read_days_ago(source: Source, days: int) -> None:
    Source.objects.filter(pk=source.pk).update(
        verified_on=timezone.now().date() - timedelta(days=days)
    )


def due() -> list[str]:
    return [row.url for row in sources.due(timezone.now().date())]


def command(*args: str) -> str:
    out = StringIO()
    call_command("sources", *args, stdout=out)
    return out.getvalue()


def test_source_is_due_after_ninety_days(source: Source) -> None:
    assert due() == [PAGE]
    read_days_ago(source, 89)
    assert due() == []
    read_days_ago(source, 90)
    assert due() == [PAGE]


def test_source_that_is_only_listed_is_due_too(opus: AIModel) -> None:
    listed = Source.objects.create(url="https://docs.example/listed")
    Source.objects.create(url="https://docs.example/not-in-use")
    AIModel.objects.filter(pk=opus.pk).update(sources=[listed.url])
    assert due() == [listed.url]


def test_longest_unread_come_first(source: Source, opus: AIModel) -> None:
    older = Source.objects.create(url="https://docs.example/older")
    never = Source.objects.create(url="https://docs.example/unread")
    AIModel.objects.filter(pk=opus.pk).update(sources=[older.url, never.url])
    read_days_ago(source, 100)
    read_days_ago(older, 200)
    assert due() == [never.url, older.url, PAGE]


def test_editor_verifies_a_source_on_the_desk(source: Source, opus: AIModel, ed: User) -> None:
    desk, page = signed_in(ed), f"/admin/catalogue/source/{source.pk}/"
    assert PAGE in text_of(desk.get("/admin/catalogue/source/?due=yes"))
    assert opus.identifier in text_of(desk.get(f"{page}change/"))
    answer = desk.post(f"{page}verify/", follow=True)
    assert f"Verified today: {PAGE}" in text_of(answer)
    assert PAGE not in text_of(desk.get("/admin/catalogue/source/?due=yes"))
    event = Event.objects.get(kind="source.verified")
    assert (event.provider, event.actor) == (opus.provider, ed)
    assert event.details == {"url": PAGE, "request_id": ANY}
    assert not list(audit_chain.problems())


def test_others_see_and_verify_no_sources(source: Source, rita: User) -> None:
    desk = signed_in(rita)
    assert PAGE not in text_of(desk.get("/admin/catalogue/source/"))
    assert desk.post(f"/admin/catalogue/source/{source.pk}/verify/").status_code == 404
    assert due() == [PAGE]


def test_command_lists_and_verifies(source: Source, ed: User) -> None:
    assert command("due") == f"never       {PAGE}\n1 source is due.\n"
    assert json.loads(command("due", "--json")) == [{"url": PAGE, "verified_on": None}]
    assert command("verify", PAGE, "--by", ed.email) == f"Verified today (UTC): {PAGE}\n"
    assert command("due") == "No source is due.\n"


def test_command_says_what_to_correct(source: Source, rita: User) -> None:
    for args, sentence in (
        ((f"{PAGE}x", "--by", rita.email), "The catalogue has no such source."),
        ((PAGE, "--by", "nobody@example.org"), "No account has this address."),
        ((PAGE, "--by", rita.email), EDITORS_ONLY),
    ):
        with pytest.raises(CommandError, match=sentence):
            command("verify", *args)
    assert due() == [PAGE]
