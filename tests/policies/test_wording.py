"""Policies in plain words: a table of steps and sentences."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from lifecycle.text.durations import format_duration
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Condition
from requests_app.models.review.question import Question, QuestionKind
from requests_app.wording import durations, policies, policy_differences
from requests_app.wording.questions import question_summary

SAFETY, LEADS = Group(name="Safety reviewers"), Group(name="Leads")
REVIEW = StepInput("Review", SAFETY, quorum=2)


def days(count: float) -> timedelta:
    return timedelta(days=count)


HEADLINES: list[tuple[dict[str, Any], str, str]] = [
    # changes of the step, country, sentence
    ({"alternates": LEADS}, "",
     "Two of Safety reviewers within 7 days; reminders on day 1.75, 3.5; "
     "escalates to Leads on day 3.5"),
    ({}, "", "Two of Safety reviewers within 7 days; reminders on day 1.75, 3.5"),
    ({"quorum": 1, "window": days(10)}, "",
     "One of Safety reviewers within 10 days; reminders on day 2.5, 5"),
    ({"quorum": 10}, "", "Ten of Safety reviewers within 7 days; reminders on day 1.75, 3.5"),
    ({"quorum": 11}, "", "11 of Safety reviewers within 7 days; reminders on day 1.75, 3.5"),
    ({"window": days(1.5)}, "", "Two of Safety reviewers within 36 hours; reminders at hour 9, 18"),
    ({"window": days(1)}, "", "Two of Safety reviewers within 1 day; reminders at hour 6, 12"),
    ({"alternates": LEADS}, "DE",
     "Two of Safety reviewers within 7 working days (Germany, UTC); "
     "reminders about working day 1.75, 3.5; escalates to Leads about working day 3.5"),
    ({"window": days(1.5)}, "DE",
     "Two of Safety reviewers within 1 working day and 12 hours (Germany, UTC); "
     "reminders about working day 0.38, 0.75"),
    ({"window": days(0.25)}, "DE",
     "Two of Safety reviewers within 6 hours; reminders at hour 1.5, 3"),
]  # fmt: skip

DETAILS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["One denial ends it."]),
    ({"denials_to_fail": 3}, ["Three denials end it."]),
    ({"blind": True},
     ["One denial ends it.",
      "Votes stay hidden from the other reviewers until it is decided."]),
    ({"allow_repeat_voters": True},
     ["One denial ends it.", "Whoever voted in another step may vote here too."]),
    ({"rereview_on": ["purpose", "dates"]},
     ["One denial ends it.",
      "When a text is changed, it is decided again only for: purpose, dates."]),
    ({"condition": Condition.LONGER_THAN, "condition_value": "90"},
     ["Needed only over 90 days.", "One denial ends it."]),
    ({"condition": Condition.COSTS_OVER, "condition_value": "500"},
     ["Needed only over 500 USD.", "One denial ends it."]),
    ({"condition": Condition.OPERATION, "condition_value": "completions"},
     ["Needed only for completions.", "One denial ends it."]),
    ({"condition": Condition.TRACK, "condition_value": "industry"},
     ["Needed only for “Company”.", "One denial ends it."]),
    ({"condition": Condition.FIRST_REQUEST},
     ["Needed only for somebody's first request.", "One denial ends it."]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "country", "sentence"), HEADLINES)
def test_headline(changes: dict[str, Any], country: str, sentence: str) -> None:
    assert policies.headline(replace(REVIEW, **changes), country) == sentence


@pytest.mark.parametrize(("changes", "sentences"), DETAILS)
def test_details(changes: dict[str, Any], sentences: list[str]) -> None:
    assert list(policies.details(replace(REVIEW, **changes))) == sentences


def test_every_condition_has_its_words() -> None:
    assert set(policies.CONDITIONS) == set(Condition.values)


LENGTHS = [
    (days(7), "7 days"),
    (days(1), "1 day"),
    (days(0), "0 days"),
    (days(1.5), "36 hours"),
    (timedelta(hours=1), "1 hour"),
    (timedelta(minutes=90), "90 minutes"),
    (timedelta(seconds=10), "10 seconds"),
]


@pytest.mark.parametrize(("time", "written"), LENGTHS)
def test_length_reads_back(time: timedelta, written: str) -> None:
    assert format_duration(time) == written
    assert durations.parse_duration(written) == time


@pytest.mark.parametrize("written", ["", "7", "days", "-1 days", "7 weeks", "1.5 days", "7 days 1"])
def test_read_length_refuses(written: str) -> None:
    with pytest.raises(ValueError, match="7 days, or 36 hours"):
        durations.parse_duration(written)


def test_read_length_forgives_blanks_and_capitals() -> None:
    assert durations.parse_duration(" 7  Days ") == durations.parse_duration("7days") == days(7)


def test_text_sentences_tell_what_holds_for_all_steps() -> None:
    lead = replace(REVIEW, name="Lead", allow_repeat_voters=True)
    message = policies.version_sentences(
        VersionInput("", [REVIEW, lead], wait_after_denial=days(0))
    )
    assert "Grants last at most 180 days." in message
    assert "There is no limit on use." in message
    assert "Whoever is denied may ask again at once." in message
    assert "Nobody votes in two steps, except where a step says so." in message
    assert "Nobody votes in two steps." in policies.version_sentences(
        VersionInput("", [REVIEW, replace(REVIEW, name="Other")])
    )


def test_text_sentences_leave_out_what_does_not_apply() -> None:
    message = " ".join(
        policies.version_sentences(VersionInput("", [REVIEW], institution_conflict=False))
    )
    assert "two steps" not in message
    assert "institution" not in message


def test_differences_are_told_field_by_field() -> None:
    lead = StepInput("Lead", LEADS)
    before = VersionInput("Old.", [REVIEW, lead], country="")
    slower = replace(REVIEW, window=days(9), blind=True, alternates=LEADS)
    last = StepInput("Last", LEADS, condition=Condition.LONGER_THAN, condition_value="90")
    assert [
        tuple(each)
        for each in policy_differences.differences(before, VersionInput("New.", [slower, last]))
    ] == [
        ("", "terms", "Old.", "New."),
        ("Review", "window", "7 days", "9 days"),
        ("Review", "alternates", "none", "Leads"),
        ("Review", "blind", "no", "yes"),
        ("Last", "step", "", "One of Leads within 7 days; reminders on day 1.75, 3.5"),
        ("Lead", "step", "One of Leads within 7 days; reminders on day 1.75, 3.5", ""),
    ]


def test_differences_tell_each_limit() -> None:
    before = VersionInput("", [REVIEW], requests_per_minute=60, spend_cap=1_000)
    after = VersionInput(
        "", [REVIEW], requests_per_minute=30, tokens_per_day=100_000, spend_cap=1_000
    )
    assert [tuple(each) for each in policy_differences.differences(before, after)] == [
        ("", "limit of requests a minute", "60 requests a minute", "30 requests a minute"),
        ("", "limit of tokens a day", "no limit", "100,000 tokens a day"),
    ]


def test_differences_notice_another_order() -> None:
    lead = StepInput("Lead", LEADS)
    swapped = policy_differences.differences(
        VersionInput("", [REVIEW, lead]), VersionInput("", [lead, REVIEW])
    )
    assert {(each.where, each.what) for each in swapped} == {
        ("Review", "position"), ("Lead", "position"),
    }  # fmt: skip


def test_differences_of_the_same_are_none() -> None:
    assert not list(
        policy_differences.differences(
            VersionInput("", [REVIEW]), VersionInput("", [replace(REVIEW)])
        )
    )


def test_question_names_the_one_it_hangs_on_by_what_that_asks() -> None:
    first = Question("people", "Will others read it?", QuestionKind.SWITCH)
    second = Question(
        "ethics", "Who approved it?", QuestionKind.TEXT, only_if="people", only_is="yes"
    )
    assert "only if “Will others read it?” is “yes”" in question_summary(
        second, among=[first, second]
    )
    assert "only if “people” is “yes”" in question_summary(second)
