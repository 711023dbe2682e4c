"""Drafts on the review desk: owners change, preview and publish them."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.models import Event, Policy, PolicyVersion, UsageLimits
from requests_app.validation.policy_version import version_input_of
from tests.conftest import person
from tests.support.desk_client import signed_in, text_of
from tests.support.policy_pages import (
    VERSIONS,
    as_person,
    draft_of_two_steps,
    edit_page,
    group_of,
    page_text,
    typed,
)


@pytest.fixture
def safety(db: None) -> Group:
    return group_of("Safety reviewers", "sue", "sol")


@pytest.fixture
def leads(db: None) -> Group:
    return group_of("Leads", "lin")


@pytest.fixture
def version(policy: Policy, reviewers: Group, safety: Group, pat: User) -> PolicyVersion:
    """A draft of pat's."""
    return draft_of_two_steps(policy, reviewers, safety, by=pat)


# Changing a draft -------------------------------------------------------------------------------


def test_edit_saves_text_and_steps(version: PolicyVersion, leads: Group, pat: User) -> None:
    client = as_person(pat)
    changes = {
        "terms": "New.\r\nTerms.",
        "max_duration": "90 days",
        "country": "DE",
        "requests_per_minute": "30",
        "tokens_per_day": "100000",
        "steps-1-alternates": leads.pk,
        "steps-1-blind": "on",
        "steps-1-rereview_on": ["purpose"],
    }
    data = typed(client, version, changes)
    assert client.post(edit_page(version), data)["Location"] == f"{VERSIONS}{version.pk}/change/"
    version.refresh_from_db()
    assert (version.terms, version.max_duration.days, version.country) == ("New.\nTerms.", 90, "DE")
    assert version.limits() == UsageLimits(requests_per_minute=30, tokens_per_day=100_000)
    first, second = version.steps.all()
    assert (first.name, first.blind, first.alternates) == ("Triage", False, None)
    assert (second.blind, second.alternates, second.rereview_on) == (True, leads, ["purpose"])


def test_edit_unchanged_changes_nothing(version: PolicyVersion, pat: User, lee: User) -> None:
    client, events = as_person(lee), Event.objects.count()
    assert client.post(edit_page(version), typed(client, version, {})).status_code == 302
    version.refresh_from_db()
    assert (version.author, Event.objects.count()) == (pat, events)


REFUSED = [
    ({"max_duration": "soon"}, "form", "max_duration", "Enter a number and a unit"),
    ({"max_duration": "0 days"}, "form", "max_duration", "must be 1 to 3650 days"),
    ({"requests_per_minute": "0"}, "form", "requests_per_minute", "Enter 1 to 100,000 requests"),
    ({"requests_per_day": "many"}, "form", "requests_per_day", "or leave blank for no limit"),
    ({"tokens_per_day": "9" * 30}, "form", "tokens_per_day", "Enter 1 to 10,000,000,000 tokens"),
    ({"country": "XX"}, "form", "country", "not one of the available choices"),
    ({"steps-1-quorum": "0"}, 1, "quorum", "greater than or equal to 1"),
    ({"steps-1-window": "0 days"}, 1, "window", "must be more than 0"),
    ({"steps-1-window": "weekly"}, 1, "window", "Enter a number and a unit"),
    ({"steps-1-name": "Triage"}, 1, "name", "Another step already has this name."),
    ({"steps-1-reviewers": ""}, 1, "reviewers", "This field is required."),
    ({"steps-1-rereview_on": []}, 1, "rereview_on", "This field is required."),
    ({"steps-1-condition": "longer_than"}, 1, "longer_than_value", "needs a whole number"),
    ({"steps-1-name": " "}, 1, "name", "This field is required."),
]


@pytest.mark.parametrize(("changes", "row", "field", "sentence"), REFUSED)
def test_edit_shows_a_refusal_at_its_field_and_keeps_what_was_typed(
    version: PolicyVersion, pat: User, changes: dict[str, Any],
    row: str | int, field: str, sentence: str,
) -> None:  # fmt: skip
    client = as_person(pat)
    data = typed(client, version, {"terms": "Kept as typed.", **changes})
    for button in ("save", "preview"):
        response = client.post(edit_page(version), {**data, button: "1"})
        assert response.status_code == 422, button
        form = response.context["form"] if row == "form" else response.context["rows"].forms[row]
        assert sentence in " ".join(form.errors[field]), button
        assert list(form.errors) == [field], button
        assert "Kept as typed." in page_text(response), button
        version.refresh_from_db()
        assert version.terms == "Cite us.", button


def test_edit_refuses_a_short_window_with_alternates_in_the_row_that_was_moved(
    version: PolicyVersion, leads: Group, pat: User
) -> None:
    client = as_person(pat)
    changes = {"steps-0-alternates": leads.pk, "steps-0-window": "3 days", "steps-0-ORDER": 9}
    response = client.post(edit_page(version), typed(client, version, changes))
    moved = response.context["rows"].forms[1]
    assert moved["name"].value() == "Triage"
    assert "at least 4 days" in " ".join(moved.errors["window"])


def test_preview_tells_in_plain_words_and_stores_nothing(
    version: PolicyVersion, leads: Group, pat: User
) -> None:
    client = as_person(pat)
    data = typed(client, version, {"steps-1-alternates": leads.pk, "preview": "1"})
    page = page_text(client.post(edit_page(version), data))
    assert (
        "Two approvals from Safety reviewers within 7 days; escalates to Leads on day 3.5." in page
    )
    assert "Fix these before publishing" not in page
    assert version.steps.filter(alternates=None).count() == 2


def test_preview_warns_of_what_cannot_be_published(version: PolicyVersion, pat: User) -> None:
    client = as_person(pat)
    data = typed(client, version, {"steps-1-quorum": 5, "preview": "1"})
    page = page_text(client.post(edit_page(version), data))
    assert "requires 5 approvals, but Safety reviewers has 2 people" in page


def test_edit_refuses_to_overwrite_somebody_elses(
    version: PolicyVersion, pat: User, lee: User
) -> None:
    client = as_person(pat)
    data = typed(client, version, {"terms": "Pat's."})
    other = as_person(lee)
    other.post(edit_page(version), typed(other, version, {"terms": "Lee's."}))
    response = client.post(edit_page(version), data)
    assert response.status_code == 409
    text = page_text(response)
    assert "Someone has changed this draft since you opened it. What you typed isn't saved" in text
    assert response.context["form"]["terms"].value() == "Pat's."
    assert '<td class="old" data-label="Saved now">Lee' in text
    version.refresh_from_db()
    assert version.terms == "Lee's."


def test_edit_saves_over_somebody_elses_only_what_was_shown_of_it(
    version: PolicyVersion, pat: User, lee: User
) -> None:
    client, other = as_person(pat), as_person(lee)
    data = typed(client, version, {"terms": "Pat's."})
    other.post(edit_page(version), typed(other, version, {"terms": "Lee's."}))
    over = client.post(edit_page(version), data).context["over"]
    other.post(edit_page(version), typed(other, version, {"terms": "Lee's again."}))
    late = client.post(edit_page(version), {**data, "over": over})
    assert late.status_code == 409
    assert "Lee's again." in page_text(late)
    assert "Pat's." in page_text(late)
    saved = client.post(edit_page(version), {**data, "over": late.context["over"]})
    assert saved.status_code == 302
    version.refresh_from_db()
    assert (version.terms, version.author) == ("Pat's.", pat)


def test_edit_keeps_what_was_typed_when_the_draft_was_published_meanwhile(
    version: PolicyVersion, pat: User, lee: User
) -> None:
    client = as_person(pat)
    data = typed(client, version, {"terms": "Too late."})
    policies.publish(version, by=lee)
    response = client.post(edit_page(version), {**data, "over": "x"})
    assert response.status_code == 409
    text = page_text(response)
    assert "This policy version is published" in text
    assert "Too late." in text
    assert "Save mine instead" not in text
    version.refresh_from_db()
    assert version.terms == "Cite us."


@pytest.mark.parametrize("shown", [None, "-", "0" * 64])
def test_edit_refuses_a_form_that_does_not_say_what_it_began_with(
    version: PolicyVersion, pat: User, shown: str | None
) -> None:
    client = as_person(pat)
    data = typed(client, version, {"terms": "Mine.", "shown": shown})
    sent = {name: value for name, value in data.items() if value is not None}
    assert client.post(edit_page(version), sent).status_code == 409
    version.refresh_from_db()
    assert version.terms == "Cite us."


@pytest.mark.parametrize("data", [{}, {"terms": "x"}, {"steps-TOTAL_FORMS": "9999"}])
def test_edit_refuses_junk(version: PolicyVersion, pat: User, data: dict[str, str]) -> None:
    assert as_person(pat).post(edit_page(version), data).status_code == 422


# Publishing -------------------------------------------------------------------------------------


def test_publish_asks_first_and_then_does_it(version: PolicyVersion, lee: User) -> None:
    client, address = as_person(lee), f"{VERSIONS}{version.pk}/publish/"
    assert f'href="{address}"' in page_text(client.get(f"{VERSIONS}{version.pk}/change/"))
    page = client.get(address)
    assert "What changes from version 1" in page_text(page)
    assert version.policy.current.number == 1
    client.post(address, {"shown": page.context["shown"]})
    assert version.policy.current == version


def test_publish_button_says_why_not(version: PolicyVersion, pat: User) -> None:
    client = as_person(pat)
    sentence = "You wrote this version, so another owner has to publish it."
    for address in ("change", "publish"):
        page = page_text(client.get(f"{VERSIONS}{version.pk}/{address}/"))
        assert sentence in page
        assert "disabled" in page
    response = client.post(f"{VERSIONS}{version.pk}/publish/", {"shown": ""})
    assert response.status_code == 403
    assert sentence in page_text(response)
    assert version.policy.current.number == 1


def test_publish_button_says_that_a_draft_cannot_work(
    version: PolicyVersion, safety: Group, lee: User
) -> None:
    safety.user_set.clear()
    client = as_person(lee)
    sentence = "Nobody in Safety reviewers can open the review desk, so nobody can decide “Safety”."
    assert sentence in page_text(client.get(f"{VERSIONS}{version.pk}/change/"))
    shown = client.get(f"{VERSIONS}{version.pk}/publish/").context["shown"]
    response = client.post(f"{VERSIONS}{version.pk}/publish/", {"shown": shown})
    assert (response.status_code, sentence in page_text(response)) == (422, True)


@pytest.mark.parametrize("shown", [None, "-", "0" * 64])
def test_publish_refuses_what_was_not_shown(
    version: PolicyVersion, lee: User, shown: str | None
) -> None:
    data = {"shown": shown} if shown else {}
    response = as_person(lee).post(f"{VERSIONS}{version.pk}/publish/", data)
    assert response.status_code == 409


def test_published_versions_are_read_only(policy: Policy, pat: User) -> None:
    client, current = as_person(pat), policy.current
    page = page_text(client.get(f"{VERSIONS}{current.pk}/change/"))
    assert "It can't be changed" in page
    assert "Edit draft" not in page
    data = typed(client, current, {"terms": "Other."})
    response = client.post(edit_page(current), data)
    assert response.status_code == 409
    assert "This policy version is published" in page_text(response)
    current.refresh_from_db()
    assert current.terms == "Use it for research."


def test_publish_page_says_what_still_keeps_requests_from_coming(
    policy: Policy, opus: AIModel, reviewers: Group, pat: User, lee: User
) -> None:
    draft = policies.draft(policy, version_input_of(policy.current), by=pat)
    publish = f"/admin/requests_app/policyversion/{draft.pk}/publish/"
    assert "Before requests can come" not in text_of(signed_in(lee).get(publish))
    opus.access_routes.all().delete()
    reviewers.user_set.add(person("tim"))
    text = text_of(signed_in(lee).get(publish))
    assert "Claude Opus 3 isn't open to requests. <span" in text
    assert "Tim is among the reviewers, but can't open the review desk." in text
    page = f"/admin/requests_app/policyversion/{draft.pk}/change/"
    assert "Before requests can come" in text_of(signed_in(pat).get(page))
    lee.groups.add(Group.objects.create(name=EDITORS))
    edit = f'<a href="/admin/catalogue/aimodel/{opus.pk}/change/">Edit Claude Opus 3</a>'
    assert edit in text_of(signed_in(lee).get(publish))


def test_other_owners_are_asked_once_to_publish_a_draft(
    policy: Policy, owners: Group, pat: User, lee: User
) -> None:
    Policy.objects.update(slug="essay-1")  # which no email takes for an essay
    draft = policies.draft(policy, version_input_of(policy.current), by=pat)
    ask = f"/admin/requests_app/policyversion/{draft.pk}/ask/"
    page = text_of(signed_in(pat).post(ask, follow=True))
    assert "The other owners of the policy get an email." in page
    again = text_of(signed_in(pat).post(ask, follow=True))
    assert "The other owners have been asked to publish this text." in again
    tasks.send_notices()
    (sent,) = mail.outbox
    assert sent.to == ["lee@example.org"]
    assert sent.subject == f"{draft} waits for you to publish it"
    assert f"/admin/requests_app/policyversion/{draft.pk}/publish/" in sent.body


def test_nobody_is_asked_to_publish_what_was_published(
    policy: Policy, pat: User, lee: User
) -> None:
    draft = policies.draft(policy, version_input_of(policy.current), by=pat)
    policies.ask_to_publish(draft, by=pat)
    policies.publish(draft, by=lee)
    tasks.send_notices()
    assert mail.outbox == []
