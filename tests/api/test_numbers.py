"""The public numbers in the API hold back what the page holds back."""

import pytest
from django.core.cache import cache

from lifecycle.catalogue.models import AIModel
from requests_app.models import AccessRequest, Policy
from tests.support.api_client import API, OPUS, Api
from tests.support.bulk_grants import many_grants

pytestmark = pytest.mark.django_db

OUTCOMES = ("open", "granted", "denied", "expired", "withdrawn", "median_seconds")


@pytest.mark.parametrize("count", [3, 5])
def test_outcomes_are_null_where_the_page_has_none(
    policy: Policy, opus: AIModel, in_review: AccessRequest, count: int
) -> None:
    cache.clear()  # where they stay for some minutes
    many_grants(count, opus, policy)
    shown = Api().get(f"{API}/numbers/").json()
    overall = shown["overall"]
    assert overall["requests"] == count + 1
    is_shown = count == 5
    assert [overall[name] is not None for name in OUTCOMES] == [is_shown] * len(OUTCOMES)
    assert overall["granted"] == (count if is_shown else None)
    row = next(each for each in shown["by_model"] if each["model"] == OPUS)
    assert row["requests"] == 1
    assert {row[name] for name in OUTCOMES} == {None}
    assert shown["standing"] is None
