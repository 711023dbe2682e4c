"""No page fails for a date, however odd: all that the database takes, in the zones at the ends."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import DateField, DateTimeField, Field
from django.test import Client

from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Grant
from tests.support.page_client import OWN, PUBLIC, Browser
from tests.support.soak_sizes import some

pytestmark = pytest.mark.django_db

ZONES = ("Pacific/Kiritimati", "Etc/GMT+12")  # 14 hours ahead, 12 behind
EXTREMES = (date.min, date.max)


def dated() -> list[tuple[str, Field[Any, Any]]]:
    """Every column of ours that holds a day or a moment, with its table."""
    ours = [model for label in ("people", "catalogue", "requests_app")
            for model in apps.get_app_config(label).get_models()]  # fmt: skip
    return [
        (model._meta.db_table, field)
        for model in ours
        for field in model._meta.local_fields
        if isinstance(field, DateField)
    ]


def set_all(day: date) -> int:
    """Each column where no rule of the database stands against it; gives how many."""
    moment = datetime.combine(day, datetime.max.time() if day == date.max else datetime.min.time())
    done = 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers
        for table, field in dated():
            value = moment.replace(tzinfo=UTC) if isinstance(field, DateTimeField) else day
            try:
                with transaction.atomic():
                    cursor.execute(f'UPDATE "{table}" SET "{field.column}" = %s', [value])  # noqa: S608
                    done += cursor.rowcount > 0
            except DatabaseError:
                continue
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    return done


def site_pages(claimed: ClaimedKey) -> list[str]:
    grant = claimed.key.grant
    asked = grant.access_request
    own = [f"/requests/{asked}/", f"/requests/{asked}/files/", f"/requests/{asked}/people/"]
    return [*PUBLIC, *OWN, *own, f"/access/{grant}/", f"/keys/{claimed.key}/receipt/", "/account/"]


def desk_pages(grant: Grant) -> list[str]:
    lists = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
             for label in ("people", "catalogue", "requests_app")
             for model in apps.get_app_config(label).get_models()]  # fmt: skip
    asked = grant.access_request
    rows = (asked, grant, asked.policy_version.policy)
    one = (f"/admin/requests_app/{row._meta.model_name}/{row.pk}/change/" for row in rows)
    return ["/admin/", *lists, *one]


@pytest.mark.parametrize("extreme", some(EXTREMES, 1))
def test_no_page_of_the_site_fails_for_a_date(
    claimed: ClaimedKey, alice: User, extreme: date
) -> None:
    browser = Browser(alice)
    assert set_all(extreme) > 10
    browser.raise_request_exception = False
    for zone in ZONES:
        browser.cookies["time_zone"] = zone
        failed = [page for page in site_pages(claimed) if browser.get(page).status_code >= 500]
        assert failed == []


@pytest.mark.parametrize("extreme", some(EXTREMES, 1))
def test_no_page_of_the_desk_fails_for_a_date(
    claimed: ClaimedKey, admin_client: Client, extreme: date
) -> None:
    assert set_all(extreme) > 10
    admin_client.raise_request_exception = False
    failed = [
        page for page in desk_pages(claimed.key.grant) if admin_client.get(page).status_code >= 500
    ]
    assert failed == []


@pytest.mark.parametrize("extreme", some(EXTREMES, 1))
def test_no_answer_of_the_api_fails_for_a_date(
    claimed: ClaimedKey, alice: User, extreme: date
) -> None:
    browser = Browser(alice)
    grant = claimed.key.grant
    assert set_all(extreme) > 10
    browser.raise_request_exception = False
    for page in (
        "models/",
        "requests/",
        "grants/",
        f"grants/{grant}/",
        f"requests/{grant.access_request}/",
    ):
        assert browser.get(f"/api/v1/{page}").status_code < 500
