"""Institutions that are one: every rule by institution sees one from then on, at once."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import Affiliation, Institution, User
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.keys import keys
from requests_app.actions.requests import institutions, requests
from requests_app.actions.review import votes
from requests_app.models import Event, Grant, InstitutionMerge, Policy, Usage
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.reports.policy_report import spending
from requests_app.reports.policy_report.use import PolicyUse
from requests_app.transitions import audit_chain
from requests_app.transitions.merger import Merger
from tests.conftest import ask_for, person
from tests.people.test_institutions import is_barred, sent_from, works_at
from tests.support.desk_client import LIST, seen, signed_in, text_of

pytestmark = pytest.mark.django_db

PAGE = "/admin/people/institution/"


def merge(old: Institution, into: Institution, by: User) -> InstitutionMerge:
    return institutions.merge(old, into, by=by, reason="Its own page says so.")


# What moves -------------------------------------------------------------------------------------


def test_people_move_and_the_old_name_stands_for_the_other(
    uio: Institution, oslo: Institution, alice: User, bob: User, ada: User
) -> None:
    works_at(alice, "UiO")
    done = merge(uio, oslo, ada)
    assert (done.people, User.objects.get(pk=alice.pk).institution) == (1, oslo)
    assert works_at(bob, " uio ").institution == oslo
    assert profiles.institution_named("UIO") == oslo


def test_history_of_those_who_left_moves_too_and_what_was_vouched_for_stays_so(
    uio: Institution, oslo: Institution, alice: User, bob: User, ada: User
) -> None:
    works_at(alice, "UiO")
    works_at(alice, "Lima")
    works_at(bob, "UiO")
    Affiliation.objects.filter(person=bob).update(vouched_by=ada)
    merge(uio, oslo, ada)
    assert not Affiliation.objects.filter(institution=uio).exists()
    left = Affiliation.objects.get(person=alice, institution=oslo)
    assert left.ends_at
    stays = Affiliation.objects.get(person=bob)
    assert (stays.institution, stays.ends_at, stays.vouched_by) == (oslo, None, ada)


def test_names_of_one_that_is_merged_again_stand_for_the_last(
    uio: Institution, oslo: Institution, ada: User
) -> None:
    last = Institution.objects.create(name="Universitetet i Oslo")
    merge(uio, oslo, ada)
    merge(oslo, last, ada)
    for name in ("UiO", "University of Oslo", "Universitetet i Oslo"):
        assert profiles.institution_named(name) == last


def test_merged_one_is_no_longer_suggested(uio: Institution, oslo: Institution, ada: User) -> None:
    Institution.objects.update(is_curated=True)
    merge(uio, oslo, ada)
    suggested = Institution.objects.filter(is_curated=True)
    assert list(suggested) == [oslo]


def test_database_puts_nobody_at_a_merged_institution(
    uio: Institution, oslo: Institution, alice: User, ada: User
) -> None:
    merge(uio, oslo, ada)
    User.objects.filter(pk=alice.pk).update(institution=uio)
    made = User.objects.create_user("new@example.org", None, full_name="New", institution=uio)
    for somebody in (alice, made):
        somebody.refresh_from_db()
        assert somebody.institution == oslo
        assert Affiliation.objects.get(person=somebody, ends_at=None).institution == oslo


def test_record_of_a_merger_never_changes(uio: Institution, oslo: Institution, ada: User) -> None:
    merge(uio, oslo, ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        InstitutionMerge.objects.update(reason="Nothing.")


# Who may ----------------------------------------------------------------------------------------


def test_only_who_may_change_institutions_merges_them(
    uio: Institution, oslo: Institution, rita: User
) -> None:
    with pytest.raises(NotAllowed, match="Only people who may change institutions"):
        merge(uio, oslo, rita)
    rita.user_permissions.add(Permission.objects.get(codename="change_institution"))
    rita = User.objects.get(pk=rita.pk)
    assert merge(uio, oslo, rita).by == rita
    User.objects.filter(pk=rita.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        merge(oslo, Institution.objects.create(name="X"), rita)


def test_nothing_merges_twice_or_with_itself_or_without_a_reason(
    uio: Institution, oslo: Institution, ada: User
) -> None:
    with pytest.raises(Invalid, match="Choose another institution"):
        merge(uio, uio, ada)
    with pytest.raises(Invalid, match="Say how you know"):
        institutions.merge(uio, oslo, by=ada, reason=" ")
    merge(uio, oslo, ada)
    kyiv = Institution.objects.create(name="Kyiv")
    for old, into in ((uio, kyiv), (kyiv, uio)):
        with pytest.raises(WrongState, match="UiO was merged into University of Oslo meanwhile"):
            merge(old, into, ada)


# Rules by institution ---------------------------------------------------------------------------


def test_reviewer_of_the_other_name_is_barred_once_they_are_one(
    policy: Policy, opus: AIModel, alice: User, rita: User, sam: User, ada: User, oslo: Institution
) -> None:
    works_at(rita, "University of Oslo")
    stage = sent_from("UiO", opus, alice)
    assert not is_barred(rita, stage)
    uio = Institution.objects.get(name="UiO")
    merger = Merger(uio, oslo)
    assert list(merger.barred) == [stage]
    merge(uio, oslo, ada)
    assert is_barred(rita, stage)
    assert not is_barred(sam, stage)


def test_it_bars_the_other_way_round_too(
    policy: Policy, opus: AIModel, alice: User, rita: User, ada: User
) -> None:
    """The reviewer's institution is the one that goes, and so is she by now."""
    works_at(rita, "UiO")
    stage = sent_from("University of Oslo", opus, alice)
    works_at(rita, "Lima")
    uio, oslo = (Institution.objects.get(name=n) for n in ("UiO", "University of Oslo"))
    assert list(Merger(uio, oslo).barred) == [stage]
    merge(uio, oslo, ada)
    assert is_barred(rita, stage)


def test_vote_of_who_became_a_colleague_is_refused(
    policy: Policy, opus: AIModel, alice: User, rita: User, ada: User, oslo: Institution
) -> None:
    works_at(rita, "University of Oslo")
    stage = sent_from("UiO", opus, alice)
    merge(Institution.objects.get(name="UiO"), oslo, ada)
    with pytest.raises(NotAllowed, match="You work at the requester's institution"):
        votes.approve(stage, by=rita, reason="Fine.", shown=stage.revision.digest())


def test_new_request_under_the_old_name_bars_colleagues_of_the_other(
    policy: Policy, opus: AIModel, alice: User, rita: User, ada: User,
    uio: Institution, oslo: Institution,
) -> None:  # fmt: skip
    works_at(rita, "University of Oslo")
    merge(uio, oslo, ada)
    assert is_barred(rita, sent_from("uio", opus, alice))


def test_open_requests_of_both_say_that_they_are_one_to_reviewers_alone(
    policy: Policy, opus: AIModel, alice: User, sam: User, ada: User, oslo: Institution
) -> None:
    stage = sent_from("UiO", opus, alice)
    merge(Institution.objects.get(name="UiO"), oslo, ada)
    [event] = Event.objects.filter(kind="request.institutions_merged")
    assert event.access_request == stage.access_request
    sentence = "“UiO” and “University of Oslo” are one institution from now on"
    assert sentence in seen(sam, stage.access_request)
    page = signed_in(alice).get(f"/requests/{stage.access_request}/")
    assert "institution from now on" not in page.content.decode()
    assert not list(audit_chain.problems())


def granted(policy: Policy, opus: AIModel, by: User, organisation: str, approve: Any) -> Grant:
    rita = User.objects.get(email="rita@example.org")
    row = requests.save(replace(ask_for(opus), organisation=organisation), by=by, submit=True)
    grant: Grant = approve(row, rita)
    return grant


def test_ending_the_one_reaches_what_was_asked_for_under_either_name(
    policy: Policy, opus: AIModel, alice: User, bob: User, ada: User, approve: Any
) -> None:
    grants = [
        granted(policy, opus, alice, "UiO", approve),
        granted(policy, opus, bob, "University of Oslo", approve),
    ]
    uio, oslo = (Institution.objects.get(name=n) for n in ("UiO", "University of Oslo"))
    merge(uio, oslo, ada)
    with pytest.raises(WrongState, match="Revoke all access under that one instead"):
        bulk_revocation.revoke_everything(uio, by=ada, reason="Over.")
    ending = bulk_revocation.revoke_everything(oslo, by=ada, reason="Over.")
    assert ending.grants == sorted(grant.public_id for grant in grants)


def test_page_to_end_a_merged_one_refuses_and_nothing_leads_there(
    uio: Institution, oslo: Institution, ada: User
) -> None:
    merge(uio, oslo, ada)
    desk = signed_in(ada)
    address = f"/admin/requests_app/bulkrevocation/institution/{uio.pk}/"
    assert desk.get(address).status_code == 409
    page = desk.get(f"{PAGE}{uio.pk}/change/")
    assert address not in page.content.decode()
    assert "University of Oslo" in text_of(page)
    assert "UTC: Its own page says so." in text_of(page)
    assert "UiO" in text_of(desk.get(f"{PAGE}{oslo.pk}/change/"))


def test_spending_is_counted_once_under_the_one(
    policy: Policy, opus: AIModel, alice: User, ada: User, approve: Any
) -> None:
    works_at(alice, "University of Oslo")
    grant = granted(policy, opus, alice, "UiO", approve)  # names both
    key = keys.claim(grant, by=alice).key
    Usage.objects.create(key=key, ai_model=opus, day=grant.created_at.date(), cost=5_000_000)
    uio, oslo = (Institution.objects.get(name=n) for n in ("UiO", "University of Oslo"))
    Institution.objects.filter(pk__in=(uio.pk, oslo.pk)).update(is_curated=True)
    before = spending.by_institution(PolicyUse(policy, grant.created_at))
    assert [(line.name, int(line.month)) for line in before] == [
        ("UiO", 5), ("University of Oslo", 5)
    ]  # fmt: skip
    merge(uio, oslo, ada)
    [line] = spending.by_institution(PolicyUse(policy, grant.created_at))
    assert (line.name, int(line.month)) == ("University of Oslo", 5)


def test_search_finds_requests_by_each_of_the_names(
    policy: Policy, opus: AIModel, alice: User, sam: User, ada: User, oslo: Institution
) -> None:
    row = sent_from("UiO", opus, alice).access_request
    merge(Institution.objects.get(name="UiO"), oslo, ada)
    for name in ("UiO", "University of Oslo"):
        found = signed_in(sam).get(LIST, {"q": name})
        assert f"{LIST}{row.pk}/change/" in found.content.decode()


# The page ---------------------------------------------------------------------------------------


def merge_page(old: Institution, into: str = "") -> str:
    return f"{PAGE}{old.pk}/merge/" + (f"?into={into}" if into else "")


def test_page_asks_for_the_other_one_and_shows_all_that_moves(
    policy: Policy,
    opus: AIModel,
    alice: User,
    rita: User,
    ada: User,
    oslo: Institution,
    approve: Any,
) -> None:
    granted(policy, opus, alice, "UiO", approve)
    uio = Institution.objects.get(name="UiO")
    works_at(alice, "UiO")
    works_at(rita, "University of Oslo")
    stage = sent_from("UiO", opus, person("carol"))
    desk = signed_in(ada)
    assert "University of Oslo" in text_of(desk.get(merge_page(uio)))
    page = text_of(desk.get(merge_page(uio, "university OF oslo")))
    for shown in (
        "<dt>People who move</dt><dd>1</dd>",
        "<dt>Requests that name it</dt><dd>2</dd>",
        "<dt>Live grants</dt><dd>1</dd>",
        "<li>Alice (alice@example.org)</li>",
        f"<li>{stage.access_request}, “{stage.step}”</li>",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("into", "sentence"),
    [
        ("Nowhere", "No institution has this name."),
        ("uio", "Choose another institution."),
        ("%20", "This field is required."),
    ],
)
def test_page_refuses_what_is_no_other_institution(
    uio: Institution, ada: User, into: str, sentence: str
) -> None:
    answer = signed_in(ada).get(merge_page(uio, into))
    assert (answer.status_code, sentence in text_of(answer)) == (422, True)


def form_of(page: Any, **changed: str) -> dict[str, str]:
    shown = page.content.decode().split('name="shown" value="')[1][:64]
    return {"reason": "Its page says so.", "typed": "UiO", "shown": shown, **changed}


def test_merging_on_the_page_needs_the_name_and_says_what_came_meanwhile(
    uio: Institution, oslo: Institution, alice: User, ada: User
) -> None:
    desk, address = signed_in(ada), merge_page(uio, "University of Oslo")
    page = desk.get(address)
    assert desk.post(address, form_of(page, typed="oslo")).status_code == 422
    assert not InstitutionMerge.objects.exists()
    works_at(alice, "UiO")
    shown = text_of(desk.post(address, form_of(page), follow=True))
    assert "UiO is a name of University of Oslo now." in shown
    assert "Something changed after the preview. Everybody has moved (people: 1)." in shown
    assert InstitutionMerge.objects.get().people == 1
    assert desk.get(address).status_code == 409


def test_page_is_closed_to_others(uio: Institution, rita: User) -> None:
    assert signed_in(rita).get(merge_page(uio)).status_code == 403


def test_many_people_move_in_as_many_queries(
    uio: Institution, oslo: Institution, ada: User
) -> None:
    User.objects.bulk_create(
        User(email=f"p{n}@example.org", full_name=f"P{n}", institution=uio) for n in range(300)
    )
    with CaptureQueriesContext(connection) as seen_queries:
        done = merge(uio, oslo, ada)
    assert done.people == 300
    assert len(seen_queries) < 25


def test_request_that_both_name_keeps_what_it_named(
    policy: Policy, opus: AIModel, alice: User, ada: User
) -> None:
    works_at(alice, "University of Oslo")
    row = sent_from("UiO", opus, alice).access_request
    uio, oslo = (Institution.objects.get(name=n) for n in ("UiO", "University of Oslo"))
    merge(uio, oslo, ada)
    named = {each.institution for each in row.institutions.all()}
    assert named == {uio, oslo}
