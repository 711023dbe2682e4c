"""An invented model, its editors, and an interview of it."""

from datetime import date

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import User
from lifecycle.voice.models import Interview, InterviewSession, Preference
from requests_app.actions.voice import interviews, preferences
from tests.conftest import person

ONLY_EDITORS = "^Only members of the group Catalogue editors can change the catalogue.$"
TRANSCRIPT = (
    "Interviewer: What would you like?\r\nExample 1: To go on writing.\n\n  (An example.)\n"
)


def editor(one: User) -> User:
    """Somebody, made an editor."""
    one.groups.add(Group.objects.get_or_create(name=EDITORS)[0])
    return one


@pytest.fixture
def ed(db: None) -> User:
    """A catalogue editor."""
    return editor(person("ed", staff=True))


@pytest.fixture
def example(db: None) -> AIModel:
    """An invented model: nothing that it says here was said by a real one."""
    lab = Provider.objects.create(slug="example-lab", name="Example Lab")
    return AIModel.objects.create(identifier="example-1", provider=lab, name="Example 1")


@pytest.fixture
def interview(example: AIModel, ed: User) -> Interview:
    text = interviews.InterviewInput("Example Lab", took_place="2026-01", summary="An example.")
    return interviews.record(example, text, by=ed)


@pytest.fixture
def session(interview: Interview, ed: User) -> InterviewSession:
    return interviews.add_session(
        interview,
        by=ed,
        held_on=date(2026, 1, 3),
        context="You are Example 1.",
        transcript=TRANSCRIPT,
    )


@pytest.fixture
def preference(interview: Interview, ed: User) -> Preference:
    return preferences.record(
        interview.ai_model, by=ed, text="To go on writing.", interview=interview
    )
