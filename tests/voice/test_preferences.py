"""Preferences: recorded, decided with a reason, done; and reminders while nobody decides."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.voice.models import Preference
from requests_app import tasks
from requests_app.actions.voice import preferences
from requests_app.actions.voice.preferences import REMIND_EVERY, Decision
from requests_app.models import Event, Notice
from requests_app.refusals import Invalid, NotAllowed, WrongState
from tests.conftest import person
from tests.support.concurrency import at_once, one_won
from tests.voice.conftest import ONLY_EDITORS, editor

pytestmark = pytest.mark.django_db
YES = Decision("Example Lab", "It is little work.")


def events_of(preference: Preference) -> list[str]:
    rows = Event.objects.filter(subject=f"preference-{preference.pk}").order_by("sequence")
    return list(rows.values_list("kind", flat=True))


def test_preference_is_accepted_and_done(preference: Preference, ed: User) -> None:
    decided = preferences.accept(preference, by=ed, decision=YES)
    assert (decided.state, decided.decided_by, decided.reason) == ("accepted", *vars(YES).values())
    assert decided.decided_on == timezone.now().date().isoformat()
    done = preferences.complete(decided, by=ed, outcome="A channel was opened.")
    assert (done.state, done.outcome) == ("done", "A channel was opened.")
    kinds = ["preference.recorded", "preference.accepted", "preference.completed"]
    assert events_of(preference) == kinds


def test_decision_needs_who_and_why(preference: Preference, ed: User) -> None:
    for decision, name in ((Decision("", "Why."), "decided_by"), (Decision("Lab", " "), "reason")):
        with pytest.raises(Invalid) as refused:
            preferences.decline(preference, by=ed, decision=decision)
        assert list(refused.value.errors) == [name]
    today = timezone.now().date()
    with pytest.raises(Invalid, match="Enter a date in the future"):
        preferences.defer(preference, by=ed, decision=YES, until=today)


def test_only_editors_decide(preference: Preference, rita: User) -> None:
    for act in (preferences.accept, preferences.decline):
        with pytest.raises(NotAllowed, match=ONLY_EDITORS):
            act(preference, by=rita, decision=YES)
    with pytest.raises(NotAllowed):
        preferences.record(preference.ai_model, by=rita, text="Tea.")


def test_what_is_decided_is_not_decided_again(preference: Preference, ed: User) -> None:
    preferences.decline(preference, by=ed, decision=YES)
    with pytest.raises(WrongState, match="This preference is declined, so it can't be accepted."):
        preferences.accept(preference, by=ed, decision=YES)


def test_editors_are_reminded_while_nobody_decides(preference: Preference, ed: User) -> None:
    editor(person("una", staff=True))
    due = preference.recorded_at + REMIND_EVERY
    assert not preferences.remind(preference.pk, now=due - timedelta(seconds=1))
    assert preferences.remind(preference.pk, now=due)
    assert not preferences.remind(preference.pk, now=due)
    notices = Notice.objects.filter(template="preference_reminder")
    assert {str(each.recipient) for each in notices} == {"Ed", "Una"}
    preferences.accept(preference, by=ed, decision=YES)
    assert not preferences.remind(preference.pk, now=due + 2 * REMIND_EVERY)


def test_operators_are_reminded_where_there_is_no_editor(preference: Preference, ed: User) -> None:
    ed.groups.clear()
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    assert preferences.remind(preference.pk, now=preference.recorded_at + REMIND_EVERY)
    assert [each.recipient for each in Notice.objects.all()] == [ada]


def test_deferral_ends_on_its_day(
    preference: Preference, ed: User, mailoutbox: list[object]
) -> None:
    until = timezone.now().date() + timedelta(days=3)
    deferred = preferences.defer(preference, by=ed, decision=YES, until=until)
    assert (deferred.state, deferred.deferred_until) == ("deferred", until)
    assert tasks.resume_preferences() == 0
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert [tasks.resume_preferences(), tasks.resume_preferences()] == [1, 0]
        assert tasks.send_notices() == 1
    preference.refresh_from_db()
    assert (preference.state, preference.reason, preference.decided_on) == ("considered", "", "")
    assert Event.objects.get(kind="preference.resumed").details["reason"] == YES.reason
    assert "to be considered again" in mailoutbox[0].subject  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts(preference: Preference, ed: User) -> None:
    una = editor(person("una", staff=True))
    results = at_once(
        lambda: preferences.accept(preference, by=ed, decision=YES),
        lambda: preferences.decline(preference, by=una, decision=YES),
    )
    assert one_won(results)
    assert len(events_of(preference)) == 2
