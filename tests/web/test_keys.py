"""What a person does with their keys on the site: bind, copy, rotate, revoke."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.grants import grants
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Grant, Key, KeyActivity
from tests.support.page_client import Browser, assert_nothing_inline, main_of, page

pytestmark = pytest.mark.django_db


def secrets_in(html: str) -> list[str]:
    return re.findall(r"emk_\w{36}", html)


def test_a_key_can_be_bound_to_networks(grant: Grant, alice: User) -> None:
    networks = {"networks": "192.0.2.0/24\n2001:db8::/32"}
    response = Browser(alice).post(f"/access/{grant}/claim/", networks)
    assert "only from 192.0.2.0/24, 2001:db8::/32" in page(response)
    assert Key.objects.get().networks == ["192.0.2.0/24", "2001:db8::/32"]
    shown = page(Browser(alice).get(f"/access/{grant}/"))
    assert "Only from 192.0.2.0/24, 2001:db8::/32" in shown


def test_what_is_no_network_is_said_beside_the_field(grant: Grant, alice: User) -> None:
    response = Browser(alice).post(f"/access/{grant}/claim/", {"networks": "home"})
    assert response.status_code == 422
    assert "'home' isn't a valid network." in page(response)
    assert 'aria-invalid="true"' in response.content.decode()
    assert not Key.objects.exists()


def test_a_key_pasted_as_a_network_is_not_quoted(grant: Grant, alice: User) -> None:
    key = key_format.new()
    response = Browser(alice).post(f"/access/{grant}/claim/", {"networks": key})
    assert key not in response.content.decode()


def test_the_new_key_has_a_button_to_copy_it_that_only_a_script_shows(
    grant: Grant, alice: User
) -> None:
    response = Browser(alice).post(f"/access/{grant}/claim/")
    html = " ".join(response.content.decode().split())
    assert_nothing_inline(response)
    assert re.search(r'<button [^>]*data-copies="secret" data-says="copied" [^>]*hidden >', html)
    assert re.search(r'<script src="/static/copy\.js" defer></script>', html)
    assert re.search(r'<code class="secret" id="secret"', html)
    assert 'id="copied"' in html
    script = (settings.STATICFILES_DIRS[0] / "copy.js").read_text()
    assert not re.search(r"fetch|XMLHttp|Storage|cookie|http", script)


def test_rotate_shows_the_new_key_once_and_says_how_long_the_old_one_works(
    claimed: ClaimedKey, alice: User
) -> None:
    browser, old = Browser(alice), claimed.key
    response = browser.post(f"/keys/{old.public_id}/rotate/", {"hours": "1"})
    (secret,) = secrets_in(response.content.decode())
    assert "no-store" in response["Cache-Control"]
    assert f"Your old key, ending in {old.last_four}, works until" in page(response)
    old.refresh_from_db()
    assert old.state == "retiring"
    assert old.expires_at <= datetime.now(UTC) + timedelta(hours=1)
    assert secret not in browser.get(f"/access/{old.grant}/").content.decode()


@pytest.mark.parametrize("hours", ["", "x", "999999"])
def test_rotate_with_an_odd_overlap_takes_a_day(
    claimed: ClaimedKey, alice: User, hours: str
) -> None:
    Browser(alice).post(f"/keys/{claimed.key.public_id}/rotate/", {"hours": hours})
    left = Key.objects.get(state="retiring").expires_at - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)


def test_rotate_is_offered_where_it_works(claimed: ClaimedKey, alice: User) -> None:
    browser, place = Browser(alice), f"/access/{claimed.key.grant}/"
    rotate = f"/keys/{claimed.key.public_id}/rotate/"
    assert rotate in browser.get(place).content.decode()
    browser.post(rotate)
    assert rotate not in browser.get(place).content.decode()
    assert "Create new key" in browser.get(place).content.decode()
    grants.end(claimed.key.grant, by=alice)
    assert "/rotate/" not in browser.get(place).content.decode()


def test_others_can_neither_rotate_nor_revoke(claimed: ClaimedKey, bob: User) -> None:
    for verb in ("rotate", "revoke"):
        assert Browser(bob).post(f"/keys/{claimed.key.public_id}/{verb}/").status_code == 404
    assert Key.objects.get().state == "active"


def test_revoked_key_has_a_link_to_its_receipt(claimed: ClaimedKey, alice: User) -> None:
    browser, key = Browser(alice), claimed.key
    assert "/receipt/" not in browser.get(f"/access/{key.grant}/").content.decode()
    answer = browser.post(f"/keys/{key.public_id}/revoke/", follow=True)
    assert "Its receipt is shown next to it." in page(answer)
    assert f'href="/keys/{key.public_id}/receipt/"' in answer.content.decode()


def test_last_use_is_told_to_the_minute(claimed: ClaimedKey, alice: User) -> None:
    browser, place = Browser(alice), f"/access/{claimed.key.grant}/"
    assert "Not used yet" in page(browser.get(place))
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    seen = KeyActivity.objects.create(key=claimed.key, last_used_at=now)
    assert f"Last used today {now:%H:%M} UTC" in page(browser.get(place))
    seen.last_used_at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    seen.save()
    assert "Last used 2 January 2026, 03:04 UTC" in page(browser.get(place))


def test_the_page_leads_to_the_report(claimed: ClaimedKey, alice: User) -> None:
    shown = " ".join(main_of(Browser(alice).get(f"/access/{claimed.key.grant}/")).split())
    assert """If you find someone else's key, <a href="/report-a-key/">report it</a>.""" in shown
