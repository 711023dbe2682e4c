"""How often the actions on the way to a key ask the database."""

import pytest
from pytest_django import DjangoAssertNumQueries

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import Policy
from tests.conftest import ask_for

pytestmark = pytest.mark.django_db


def test_way_to_a_key_takes_this_many_queries(
    policy: Policy,
    opus: AIModel,
    alice: User,
    rita: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ask = ask_for(opus)
    with django_assert_num_queries(20):
        draft = requests.save(ask, by=alice)
    with django_assert_num_queries(42):
        requests.submit(draft, by=alice)
    stage = draft.stages.get()
    shown = stage.revision.digest()
    with django_assert_num_queries(37):
        votes.approve(stage, by=rita, reason="Sound plan.", shown=shown)
    grant = draft.grants.get()
    with django_assert_num_queries(16):
        keys.claim(grant, by=alice)
