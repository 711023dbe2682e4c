"""A double click in a real browser: a new key is shown, since it is shown only once."""

import pytest

from lifecycle.people.models import User
from requests_app.models import Grant, Key
from tests.browser.conftest import Visit

pytestmark = pytest.mark.stack


def test_a_double_click_makes_one_key_and_shows_it(grant: Grant, alice: User, visit: Visit) -> None:
    page = visit(alice)
    page.goto(f"/access/{grant}/")
    page.locator('form[action$="/claim/"] button').dblclick()
    page.get_by_text("emk_").first.wait_for()
    assert Key.objects.count() == 1
