"""The review page: what it shows, to whom, and in how many queries."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.people.models import Institution, User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import delegations, votes
from requests_app.models import AccessRequest, Policy, Scope, Stage
from requests_app.reports.review.page import ReviewPage
from tests.conftest import ask_for, person
from tests.support.desk_client import member, page_of, publish, seen, signed_in

pytestmark = pytest.mark.django_db

PAGE_QUERIES = 38


def test_page_shows_what_is_asked_and_by_whom(stage: Stage, alice: User, rita: User) -> None:
    alice.orcid, alice.mail_problem = "0000-0002-1825-0097", "550 no such mailbox"
    alice.institution = Institution.objects.get(name="Example University")
    alice.save()
    text = seen(rita, stage.access_request)
    for message in (
        "Compare refusals.",
        "90 days",
        "messages",
        "alice@example.org",
        "0000-0002-1825",
    ):
        assert message in text
    assert "Example University" in text
    assert "550 no such mailbox" in text


def test_page_shows_the_record_and_the_policy(stage: Stage, rita: User) -> None:
    text = seen(rita, stage.access_request)
    assert "retired on 5 January 2026 (UTC), announced 30 June 2025" in text
    assert "Opus 3 v1" in text
    assert "Use it for research." in text


def test_page_says_which_ends_are_still_to_come(stage: Stage, opus: AIModel, rita: User) -> None:
    for precision in ("day", "not_sooner_than"):
        opus.retirements.create(platform=precision, retires="2099-01-05", precision=precision)
    text = seen(rita, stage.access_request)
    assert "retires on 5 January 2099" in text
    assert "won't be retired before 5 January 2099" in text


def test_page_warns_of_a_model_that_is_withdrawn_before_the_end(
    stage: Stage, opus: AIModel, rita: User
) -> None:
    ends_on = timezone.now() + timedelta(days=90)
    for days, warned in ((1, False), (-1, True)):
        AIModel.objects.update(withdrawn_at=ends_on + timedelta(days=days))
        assert ("ends earlier" in seen(rita, stage.access_request)) == warned


def test_appeal_leads_to_what_it_appeals_against(
    stage: Stage, alice: User, rita: User, sam: User, eve: User
) -> None:
    denied = stage.access_request
    votes.deny(stage, by=rita, reason="Too broad.", shown=stage.revision.digest())
    appeal = requests.appeal(denied, by=alice, reason="It is narrow.")
    assert f'against <a href="{page_of(denied)}">' in seen(sam, appeal)
    assert ReviewPage(appeal, eve, timezone.now()).visible_origins == set()


def test_page_says_how_a_deadlock_ends(stage: Stage, rita: User, pat: User) -> None:
    Stage.objects.update(deadlocked_at=timezone.now())
    assert "Ask a superuser to add them" in seen(pat, stage.access_request)
    User.objects.filter(pk=rita.pk).update(is_superuser=True)
    shown = seen(rita, stage.access_request)
    assert f"Someone has to join “{stage.step.reviewers}”" in shown
    assert 'href="/admin/people/user/"' in shown


def returned_and_sent_again(stage: Stage, *, by: User) -> AccessRequest:
    access_request = stage.access_request
    digest = stage.revision.digest()
    votes.ask_for_changes(stage, by=by, reason="Say which prompts.", shown=digest)
    (model,) = stage.revision.ai_models.all()
    ask = replace(ask_for(model, days=30, purpose="Compare 200 refusals."), expected_cost=7)
    return requests.save(ask, by=access_request.requester, access_request=access_request)


def test_page_shows_what_changed_field_by_field(stage: Stage, alice: User, rita: User) -> None:
    again = returned_and_sent_again(stage, by=rita)
    requests.submit(again, by=alice)
    text = re.sub("</?span>", "", seen(rita, again))
    assert "Compare <ins>200 </ins>refusals." in text.replace(
        "<ins> 200</ins> ", " <ins>200 </ins>"
    )
    assert "<del>0 USD</del> <ins>7 USD</ins>" in text
    assert "Say which prompts." in text
    assert "Rita</strong>: requested changes" in text


def test_page_never_shows_a_draft(stage: Stage, rita: User, pat: User) -> None:
    """The site promises it to whoever writes one."""
    again = returned_and_sent_again(stage, by=rita)
    for reader in (rita, pat):
        assert "200 refusals" not in seen(reader, again)


def test_request_that_was_never_sent_is_not_on_the_desk(draft: AccessRequest, pat: User) -> None:
    pat.is_superuser = True
    pat.save()
    assert signed_in(pat).get(page_of(draft)).status_code == 404


def test_page_shows_a_narrowing_with_who_and_why(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User, rita: User
) -> None:
    step = policies.StepInput("Both", reviewers, quorum=2)
    member("sam", reviewers)
    publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    less = Scope((opus.identifier,), ("messages",), timedelta(days=30))
    digest = stage.revision.digest()
    votes.approve(stage, by=rita, reason="A month will do.", shown=digest, narrowed_to=less)
    text = seen(pat, stage.access_request)
    assert "for messages, 30 days." in text
    assert "without completions, 30 days instead of 90 days: Rita" in text
    assert "Narrowed: without completions, 30 days instead of 90 days<" in text
    assert "A month will do." in text


def test_page_flags_conflicts_of_interest(stage: Stage, alice: User, rita: User, sam: User) -> None:
    alice.institution = sam.institution = Institution.objects.get(name="Example University")
    alice.save()
    sam.save()
    text = seen(rita, stage.access_request)
    assert """Sam</strong> <span class="mark conflict">can't vote</span> works""" in text
    assert "Rita</strong> can decide" in text


def test_page_names_only_earlier_requests_that_one_may_see(
    in_review: AccessRequest, alice: User, rita: User, owners: Group, pat: User, lee: User
) -> None:
    others = Group.objects.create(name="Other reviewers")
    member("olga", others)
    other = AIModel.objects.create(
        identifier="claude-2.1", name="Claude 2.1", provider=Provider.objects.get()
    )
    other.access_routes.create(kind="request")
    other.retirements.create(platform="API", retires="2025-07-21", precision="day")
    step = policies.StepInput("Elsewhere", others)
    publish(step, by=(pat, lee), owners=owners, ai_models=[other])
    unseen = requests.save(ask_for(other), by=alice, submit=True)
    text = seen(rita, in_review)
    assert "Previous requests</dt><dd>1 in review</dd>" in text
    assert page_of(unseen) not in text
    assert signed_in(rita).get(page_of(unseen)).status_code == 404
    assert page_of(unseen) in seen(pat, in_review)


def test_page_is_hidden_from_outsiders(stage: Stage, alice: User, eve: User) -> None:
    page = page_of(stage.access_request)
    assert signed_in(member("tom")).get(page).status_code == 404
    assert (
        signed_in(member("olga", Group.objects.create(name="Others"))).get(page).status_code == 404
    )
    for somebody in (eve, alice):
        assert signed_in(somebody).get(page).status_code == 302


def test_page_is_hidden_from_a_later_step_until_it_opens(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User, rita: User
) -> None:
    board = Group.objects.create(name="Board")
    bea, steps = member("bea", board), ("First", "Second")
    first, second = (
        policies.StepInput(n, g) for n, g in zip(steps, (reviewers, board), strict=True)
    )
    publish(first, second, by=(pat, lee), owners=owners, ai_models=[opus])
    access_request = requests.save(ask_for(opus), by=alice, submit=True)
    assert signed_in(bea).get(page_of(access_request)).status_code == 404
    stage = access_request.stages.open().get()
    votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    assert "First" in seen(bea, access_request)


def test_page_opens_to_alternates_once_they_are_called(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User, rita: User
) -> None:
    spare = Group.objects.create(name="Spare")
    ali = member("ali", spare)
    step = policies.StepInput("Only", reviewers, alternates=spare)
    publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
    access_request = requests.save(ask_for(opus), by=alice, submit=True)
    assert signed_in(ali).get(page_of(access_request)).status_code == 404
    votes.recuse(access_request.stages.get(), by=rita, reason="A friend.")
    assert "alternates: Spare, called" in seen(ali, access_request)


def test_page_opens_to_a_delegate(draft: AccessRequest, alice: User, rita: User) -> None:
    board = Group.objects.create(name="Board")
    dan = member("dan", board)
    version = draft.policy_version.policy.versions.create(number=2, author=rita)
    version.steps.create(position=1, name="Makes Dan a reviewer", reviewers=board)
    now = timezone.now()
    delegations.delegate(dan, by=rita, starts_at=now, ends_at=now + timedelta(days=1))
    requests.submit(draft, by=alice)
    assert "Dan can act on their behalf" in seen(dan, draft)


def test_own_request_shows_its_reviewer_no_votes(
    policy: Policy, opus: AIModel, rita: User, sam: User
) -> None:
    own = requests.save(ask_for(opus), by=rita, submit=True)
    stage = own.stages.get()
    votes.deny(stage, by=sam, reason="Sam's own words.", shown=stage.revision.digest())
    text = seen(rita, own)
    assert "own words" not in text
    found = re.findall("declined", text, re.IGNORECASE)
    assert found == ["Declined"] * 2  # the request, not the vote
    assert "hidden from you" in text


def test_page_takes_the_same_queries_however_much_it_shows(
    stage: Stage,
    alice: User,
    rita: User,
    sam: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client, page = signed_in(rita), page_of(stage.access_request)
    requests.submit(returned_and_sent_again(stage, by=sam), by=alice)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(page)
    for _ in range(3):
        again = returned_and_sent_again(stage.access_request.stages.open().get(), by=sam)
        requests.submit(again, by=alice)
    reviewers = stage.step.reviewers
    for number in range(3):
        member(f"more{number}", reviewers)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(page)


def test_page_escapes_what_people_wrote(policy: Policy, opus: AIModel, rita: User) -> None:
    mallory = person("mallory")
    mallory.full_name = "<script>alert(1)</script>"
    mallory.save()
    ask = ask_for(opus, purpose="<img src=x onerror=alert(1)>")
    text = seen(rita, requests.save(ask, by=mallory, submit=True))
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_timeline_makes_one_line_of_what_was_done_again(
    opus: AIModel, policy: Policy, alice: User, rita: User
) -> None:
    draft = None
    for purpose in ("First.", "Second.", "Third."):
        ask = replace(ask_for(opus), purpose=purpose)
        draft = requests.save(ask, by=alice, access_request=draft)
    assert draft
    text = seen(rita, requests.submit(draft, by=alice))
    assert 'Draft saved <span class="soft">(3 times, last on' in text
    assert text.count("Draft saved") == 1
