"""Lengths of time in texts: one function says them, with the right unit and the right plural."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from lifecycle import mail_message
from lifecycle.catalogue.models import AIModel
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from lifecycle.text.durations import days_rounded_up, format_duration, parse_duration
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Policy, PolicyVersion
from requests_app.validation.policy_version import version_input_of
from tests.conftest import ask_for
from tests.support.desk_client import decide, seen
from tests.support.desk_client import text_of as words_of
from tests.support.page_client import Browser, page

UNIT = r"(?:days?|hours?|minutes?)\b"
# Constants that are never one: the days of a chart, and a range of them.
ALWAYS_MANY = {"Requests per day, last %(days)s days", "%(all)s in %(days)s days"}
HOURS_12, HOURS_36, ONE_DAY = timedelta(hours=12), timedelta(hours=36), timedelta(days=1)


@pytest.mark.parametrize(
    ("time", "english", "german"),
    [
        (ONE_DAY, "1 day", "1 Tag"),
        (90 * ONE_DAY, "90 days", "90 Tage"),
        (HOURS_36, "36 hours", "36 Stunden"),
        (HOURS_12, "12 hours", "12 Stunden"),
        (timedelta(hours=1), "1 hour", "1 Stunde"),
    ],
)
def test_length_has_its_unit_and_plural_in_both_languages(
    time: timedelta, english: str, german: str
) -> None:
    with translation.override("en"):
        assert format_duration(time) == english
        assert parse_duration(english) == time
    with translation.override("de"):
        assert format_duration(time) == german


def test_within_so_many_days_is_never_too_few() -> None:
    assert [days_rounded_up(time) for time in (HOURS_12, ONE_DAY, HOURS_36)] == [1, 1, 2]


def counted_by_hand(path: Path) -> Iterator[str]:
    """Strings with a number and a unit in them, that no `ngettext` chooses the plural for."""
    tree = ast.parse(path.read_text())
    chosen: set[Any] = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and "ngettext" in ast.unparse(call.func):
            chosen |= {each for arg in call.args for each in ast.walk(arg)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.JoinedStr | ast.Constant) and node not in chosen
        written = ast.unparse(node) if is_text else ""
        if re.search(rf"(?:\}}|%\(\w+\)[sd]|%[sd]) {UNIT}", written):
            yield written


@pytest.mark.parametrize("package", ["lifecycle", "requests_app"])
def test_no_code_says_a_length_of_time_by_itself(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        for written in counted_by_hand(path):
            assert any(many in written for many in ALWAYS_MANY), f"{path}: {written}"


def test_no_template_says_a_length_of_time_by_itself() -> None:
    with_plural = re.compile(
        r"{% blocktranslate[^%]*count[^%]*%}.*?{% endblocktranslate %}", re.DOTALL
    )
    for path in (ROOT / "templates").rglob("*.*"):
        left = with_plural.sub("", path.read_text())
        assert not re.search(rf"\}}\}} {UNIT}", left), path


# On the pages ---------------------------------------------------------------------------------


@pytest.fixture
def short(policy: Policy, pat: User, lee: User) -> PolicyVersion:
    """Grants of a day and a half at most, and half a day's wait."""
    text = replace(
        version_input_of(policy.current), max_duration=HOURS_36, wait_after_denial=HOURS_12
    )
    return policies.publish(policies.draft(policy, text, by=pat), by=lee)


@pytest.mark.django_db
def test_pages_name_hours_and_one_day(
    short: PolicyVersion, opus: AIModel, alice: User, client: Client
) -> None:
    address = f"/models/{opus.identifier}/"
    assert "for up to 36 hours." in page(client.get(address))
    assert "für bis zu 36 Stunden." in page(client.get(address, headers={"accept-language": "de"}))
    assert "up to 36 hours" in page(Browser(alice).get("/requests/new/"))
    with pytest.raises(Exception, match="at most 36 hours"):
        requests.save(ask_for(opus, days=2), by=alice)


@pytest.mark.django_db
def test_desk_says_the_wait_after_a_denial_and_one_day_as_they_are(
    short: PolicyVersion, opus: AIModel, alice: User, rita: User
) -> None:
    sent = requests.save(ask_for(opus, days=1), by=alice, submit=True)
    assert "<dd>1 day from its start" in seen(rita, sent)
    assert "send a new request after 12 hours" in seen(rita, sent)
    chosen = decide(rita, sent.stages.get(), "deny", denial="unclear", confirmed=None)
    assert "can send a new request after 12 hours." in words_of(chosen)


@pytest.mark.django_db
def test_narrowing_to_one_day_is_said_so_on_the_desk(in_review: AccessRequest, rita: User) -> None:
    decide(rita, in_review.stages.get(), "approve", days="1")
    assert "1 day instead of 90 days" in seen(rita, in_review)


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize(
    ("language", "message"), [("en", "1 day instead of 90 days."), ("de", "1 Tag statt 90 Tage.")]
)
def test_mail_of_a_narrowing_to_one_day_says_so(kind: str, language: str, message: str) -> None:
    whole = {"models": ["opus"], "operations": ["messages"], "days": 90}
    details = {"from": whole, "to": {**whole, "days": 1}, "reason": "Enough."}
    with translation.override(language):
        mail = mail_message.compose(
            "mail/request_narrowed.html", {"event": {"details": details}}, to="alice@example.org"
        )
    parts = {"plain": str(mail.body), "html": str(mail.alternatives[0][0])}
    assert message in " ".join(parts[kind].split())
