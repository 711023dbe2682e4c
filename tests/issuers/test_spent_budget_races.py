"""Two reports of use at the same moment, on connections of their own."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys import keys, usage_reports
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.keys.usage_reports import UsageEntry
from requests_app.models import ExternalKey, Grant, Key
from tests.api.test_oauth import make
from tests.issuers.test_external_keys import issued, proxy
from tests.support.concurrency import started
from tests.support.fake_litellm import Proxy

__all__ = ["issued", "proxy"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stack]


def test_of_two_reports_at_once_one_sees_that_the_budget_is_used_up(
    issued: ClaimedKey, proxy: Proxy, opus: AIModel, alice: User
) -> None:
    """Each for a key of its own, and neither uses it up alone."""
    other = keys.rotate(issued.key, by=alice).key
    Grant.objects.update(spend_cap=5)
    ExternalKey.objects.update(next_try_at=None)
    token, today = make("usage.report").token, datetime.now(UTC).date()

    def report(key: Key) -> None:
        entry = UsageEntry(key.public_id, opus.identifier, today, 1, 1, 3_000_000)
        usage_reports.report([entry], batch_id=key.public_id, sender=token)

    with transaction.atomic():
        report(issued.key)
        join = started(lambda: report(other))
    assert join() is None
    assert not ExternalKey.objects.filter(next_try_at=None).exists()
