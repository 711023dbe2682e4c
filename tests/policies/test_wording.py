"""Policies in plain words: a table of steps and sentences."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from lifecycle.text.durations import format_duration, parse_duration
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Condition
from requests_app.models.review.question import Question, QuestionKind
from requests_app.wording import policies, policy_differences
from requests_app.wording.questions import question_summary

SAFETY, LEADS = Group(name="Safety reviewers"), Group(name="Leads")
REVIEW = StepInput("Review", SAFETY, quorum=2)


def days(count: float) -> timedelta:
    return timedelta(days=count)


HEADLINES: list[tuple[dict[str, Any], str, str]] = [
    # changes of the step, country, sentence
    ({"alternates": LEADS}, "",
     "Two approvals from Safety reviewers within 7 days; escalates to Leads on day 3.5"),
    ({}, "", "Two approvals from Safety reviewers within 7 days"),
    ({"quorum": 1, "window": days(10)}, "",
     "One approval from Safety reviewers within 10 days"),
    ({"quorum": 10}, "", "Ten approvals from Safety reviewers within 7 days"),
    ({"quorum": 11}, "", "11 approvals from Safety reviewers within 7 days"),
    ({"window": days(1.5)}, "", "Two approvals from Safety reviewers within 36 hours"),
    ({"window": days(1)}, "", "Two approvals from Safety reviewers within 1 day"),
    ({"alternates": LEADS}, "DE",
     "Two approvals from Safety reviewers within 7 working days (Germany, UTC); "
     "escalates to Leads about working day 3.5"),
    ({"window": days(1.5)}, "DE",
     "Two approvals from Safety reviewers within 1 working day and 12 hours (Germany, UTC)"),
    ({"window": days(0.25)}, "DE",
     "Two approvals from Safety reviewers within 6 hours"),
]  # fmt: skip

DETAILS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["One decline ends the request."]),
    ({"denials_to_fail": 3}, ["Three declines end the request."]),
    ({"blind": True},
     ["One decline ends the request.",
      "Votes are hidden from other reviewers until the step is decided."]),
    ({"allow_repeat_voters": True},
     ["One decline ends the request.", "Reviewers who voted in another step can vote again here."]),
    ({"rereview_on": ["purpose", "dates"]},
     ["One decline ends the request.",
      "After changes, this step is repeated only for: purpose, dates."]),
    ({"condition": Condition.LONGER_THAN, "condition_value": "90"},
     ["Required only over 90 days.", "One decline ends the request."]),
    ({"condition": Condition.COSTS_OVER, "condition_value": "500"},
     ["Required only over 500 USD.", "One decline ends the request."]),
    ({"condition": Condition.OPERATION, "condition_value": "completions"},
     ["Required only for completions.", "One decline ends the request."]),
    ({"condition": Condition.TRACK, "condition_value": "industry"},
     ["Required only for “Company”.", "One decline ends the request."]),
    ({"condition": Condition.FIRST_REQUEST},
     ["Required only for a first request.", "One decline ends the request."]),
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
    assert parse_duration(written) == time


@pytest.mark.parametrize("written", ["", "7", "days", "-1 days", "7 weeks", "1.5 days", "7 days 1"])
def test_read_length_refuses(written: str) -> None:
    with pytest.raises(ValueError, match="7 days or 36 hours"):
        parse_duration(written)


def test_read_length_forgives_blanks_and_capitals() -> None:
    assert parse_duration(" 7  Days ") == parse_duration("7days") == days(7)


def test_text_sentences_tell_what_holds_for_all_steps() -> None:
    lead = replace(REVIEW, name="Lead", allow_repeat_voters=True)
    message = policies.version_sentences(
        VersionInput("", [REVIEW, lead], wait_after_denial=days(0))
    )
    assert "Access lasts at most 180 days." in message
    assert "No usage limits." in message
    assert "After a decline, requesters can send a new request straight away." in message
    assert "Each reviewer votes once, unless a step allows more." in message
    assert "Each reviewer votes once." in policies.version_sentences(
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
        ("Review", "votes hidden", "no", "yes"),
        ("Last", "step", "", "One approval from Leads within 7 days"),
        ("Lead", "step", "One approval from Leads within 7 days", ""),
    ]


def test_differences_tell_each_limit() -> None:
    before = VersionInput("", [REVIEW], requests_per_minute=60, spend_cap=1_000)
    after = VersionInput(
        "", [REVIEW], requests_per_minute=30, tokens_per_day=100_000, spend_cap=1_000
    )
    assert [tuple(each) for each in policy_differences.differences(before, after)] == [
        ("", "limit: requests per minute", "60 requests per minute", "30 requests per minute"),
        ("", "limit: tokens per day", "no limit", "100,000 tokens per day"),
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
