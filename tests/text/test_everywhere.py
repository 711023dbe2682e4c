"""Texts as people write them, through the doors of the site, the desk and the API."""

import unicodedata
from dataclasses import replace

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.forms import ProfileForm
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Policy
from requests_app.refusals import Invalid
from tests.conftest import ask_for
from tests.support.api_client import API, OPUS, Api
from tests.support.desk_client import LIST, decide, page_of, signed_in
from tests.support.page_client import Browser, page, with_verified_email

pytestmark = pytest.mark.django_db

MÜLLER = "Jörg Müller"
NFD = unicodedata.normalize("NFD", MÜLLER)
INVISIBLE = ["\u200b", "\u3164", "\u0301", "\u0301" * 149]
LONG = "a" * 998 + "\r\n" + "b"  # a thousand characters for the browser


def named(person: User, name: str) -> User:
    return profiles.update_profile(person, full_name=name, institution="", orcid="", country="")


# Line ends ------------------------------------------------------------------------------------


def test_withdraw_takes_a_reason_as_long_as_the_browser_lets_one_type(
    in_review: AccessRequest, alice: User
) -> None:
    Browser(alice).post(f"/requests/{in_review}/withdraw/", {"reason": LONG})
    in_review.refresh_from_db()
    assert in_review.state == "withdrawn"
    assert in_review.events.get(kind="request.withdrawn").details["reason"] == LONG.replace(
        "\r\n", "\n"
    )


def test_api_takes_a_reason_with_any_line_end(in_review: AccessRequest, alice: User) -> None:
    sent = Api(alice).post(f"{API}/requests/{in_review}/withdraw/", {"reason": LONG})
    assert sent.status_code == 200


def test_vote_is_stored_with_one_line_end(in_review: AccessRequest, rita: User) -> None:
    decide(rita, in_review.stages.get(), "approve", reason=f"Sound.\r\n{NFD}")
    assert in_review.stages.get().votes.get().reason == f"Sound.\n{MÜLLER}"


# What can be seen -----------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", INVISIBLE)
@pytest.mark.parametrize("part", ["purpose", "team", "organisation"])
def test_request_is_not_sent_with_an_invisible_text(
    policy: Policy, opus: AIModel, alice: User, part: str, nothing: str
) -> None:
    ask = replace(ask_for(opus), **{part: nothing})
    with pytest.raises(Invalid) as refused:
        requests.save(ask, by=alice, submit=True)
    assert list(refused.value.errors) == [part]


@pytest.mark.parametrize("nothing", [*INVISIBLE, "…"])
def test_vote_needs_a_reason_that_can_be_read(
    in_review: AccessRequest, rita: User, nothing: str
) -> None:
    stage = in_review.stages.get()
    with pytest.raises(Invalid):
        votes.approve(stage, by=rita, reason=nothing, shown=stage.revision.digest())


@pytest.mark.parametrize("nothing", INVISIBLE)
def test_nobody_has_an_invisible_name_or_institution(nothing: str) -> None:
    form = ProfileForm({"full_name": nothing, "institution": nothing})
    assert "Enter your name." in form.errors["full_name"]
    assert not form.cleaned_data["institution"]
    assert profiles.institution_named(nothing) is None


@pytest.mark.parametrize("name", ["علی‌رضا", "ශ්‍රී", "Max\xa0Planck", "R.\u202fOhm"])
def test_profile_takes_names_as_their_scripts_write_them(alice: User, name: str) -> None:
    Browser(with_verified_email(alice)).post("/profile/", {"full_name": name, "institution": name})
    alice.refresh_from_db()
    spaced = name.replace("\xa0", " ").replace("\u202f", " ")
    assert (alice.full_name, str(alice.institution)) == (spaced, spaced)


# What is equal --------------------------------------------------------------------------------


@pytest.mark.parametrize("term", [NFD, MÜLLER.upper(), "MUELLER".replace("UE", "Ü")])
def test_desk_finds_a_name_in_any_form_and_case(
    in_review: AccessRequest, alice: User, rita: User, term: str
) -> None:
    named(alice, MÜLLER)
    assert page_of(in_review) in signed_in(rita).get(LIST, {"q": term}).content.decode()
    assert page_of(in_review) not in signed_in(rita).get(LIST, {"q": "Muller"}).content.decode()


@pytest.mark.parametrize("name", ["Straße", "STRASSE", "Ｓtraße"])
@pytest.mark.parametrize("term", ["straße", "STRASSE", "strasse"])
def test_searches_fold_case_as_unicode_has_it(
    opus: AIModel, alice: User, client: Client, name: str, term: str
) -> None:
    opus.name = name
    opus.save(update_fields=["name"])
    named(alice, name)
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    assert OPUS in page(client.get("/models/", {"q": term}))
    for table, shown in (("people/user", alice.email), ("catalogue/aimodel", OPUS)):
        assert shown in page(signed_in(ada).get(f"/admin/{table}/", {"q": term})), table


def test_search_for_nothing_visible_finds_as_an_empty_one(
    in_review: AccessRequest, rita: User
) -> None:
    assert page_of(in_review) in signed_in(rita).get(LIST, {"q": "\u200b"}).content.decode()


@pytest.mark.parametrize("typed_as", [NFD, MÜLLER.upper(), f"  {MÜLLER}\xa0"])
def test_institution_is_one_however_it_is_typed(typed_as: str) -> None:
    first = profiles.institution_named(MÜLLER)
    assert profiles.institution_named(typed_as) == first


# Passwords ------------------------------------------------------------------------------------


def signs_in(person: User, password: str) -> bool:
    answer = Client().post("/accounts/login/", {"login": person.email, "password": password})
    return bool(answer.status_code == 302)


def test_password_is_the_same_on_every_keyboard(alice: User) -> None:
    with_verified_email(alice).set_password(f"{MÜLLER} and more")
    alice.save()
    assert signs_in(alice, f"{NFD}\xa0and more")
    assert not signs_in(alice, f"{MÜLLER.upper()} and more")


def test_password_that_was_chosen_before_it_had_one_form_still_signs_in(alice: User) -> None:
    with_verified_email(alice).password = make_password(f"{NFD} and more")
    alice.save()
    assert signs_in(alice, f"{NFD} and more")
