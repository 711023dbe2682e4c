"""`manage.py doctor`: a healthy site, and one with several faults at once."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import ProgrammingError
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.config import env
from lifecycle.people.models import User
from lifecycle.scheduling import sweep_status
from requests_app.actions import policies
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, ExternalKey, Notice, Policy
from requests_app.reports.health import background, mail, servers, variables
from tests.config.test_configuration import documented, environment, run
from tests.conftest import person
from tests.keys.test_secrets_nowhere import database_gone
from tests.support.page_client import with_verified_email
from tests.support.smtp_server import RefusingServer


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat, a worker, the site and the gateway, as they are seen from here."""
    for row in configured.CELERY_BEAT_SCHEDULE.values():
        sweep_status.done(row["task"])
    sweep_status.cache.set("clock-ahead:beat", 0.1, sweep_status.HEARD_SECONDS)
    monkeypatch.setattr(background, "answering_workers", lambda: ["celery@here"])
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(200))


Use = Callable[..., RefusingServer]


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[Use]:
    started = []

    def start(*refuses: str) -> RefusingServer:
        server = RefusingServer(*refuses)
        server.start()
        started.append(server)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        return server

    yield start
    for server in started:
        server.stop()


def doctor(*words: str) -> tuple[int, str]:
    out, code = io.StringIO(), 0
    try:
        call_command("doctor", *words, stdout=out, no_color=True)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue()


@pytest.mark.django_db
def test_doctor_finds_a_healthy_site_in_order(
    running: None, policy: Policy, alice: User, mail_server: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=with_verified_email(alice).pk).update(is_superuser=True)
    server = mail_server()
    monkeypatch.setenv("METRICS_TOKEN", "hush")
    env.env.str("METRICS_TOKEN")
    code, text = doctor("--mail-to", "ops@example.org")
    assert code == 0, text
    for line in (
        "ok       settings: METRICS_TOKEN is from the environment (its value is not shown).",
        "ok       migrations: All are applied.",
        "ok       Valkey: It keeps no snapshots.",
        "ok       worker: celery@here answers.",
        "ok       email: One was sent to ops@example.org. The server answered 250 OK.",
        "ok       superuser: 1 with a confirmed address.",
        "ok       models: 1 can be requested.",
        "Problems: 0.",
    ):
        assert line in text
    assert "hush" not in text
    assert len(server.messages) == 1


@pytest.mark.django_db(transaction=True)
def test_doctor_names_every_fault_though_servers_are_away(
    mail_server: Use, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    settings.KEY_PEPPERS = {1: bytes(32)}
    settings.GATEWAY_URL = "http://127.0.0.1:1"
    monkeypatch.setitem(env.env._environ, "SITE_ULR", "https://typed.invalid")
    mail_server("RCPT", "550 No such person")
    with database_gone():
        code, text = doctor("--json", "--mail-to", "nobody@example.org")
    told: dict[str, Any] = json.loads(text)
    problems = {row["about"]: row for row in told["findings"] if row["level"] == "problem"}
    assert code == 1
    assert {"database", "Valkey", "secrets", "email"} <= set(problems)
    assert "not currently accepting connections" in problems["database"]["found"]
    assert "550" in problems["email"]["found"]
    warned = [row["found"] for row in told["findings"] if row["level"] == "warning"]
    assert f"Nothing reads SITE_ULR, which {env.env_file()} sets." in warned
    assert warned.count("Not checked without Valkey.") == 3
    assert all(row["advice"] for row in told["findings"] if row["level"] != "ok")


def test_doctor_shows_no_value_that_is_documented_as_a_secret() -> None:
    names = set(documented())
    assert names >= variables.SHOWN
    passwords = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "KEY_PEPPERS"}
    secrets = {"CHAT_URLS", "SIGN_IN_PROVIDERS", "ISSUERS", "METRICS_TOKEN"}
    assert not variables.SHOWN & (passwords | secrets)


def test_doctor_names_a_bad_variable_in_one_line(tmp_path: Path) -> None:
    done = run("manage.py", "doctor", env=environment(tmp_path, REDIS_URL=""))
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.startswith("problem  settings: REDIS_URL is not set.")


def test_doctor_leaves_no_file_where_emails_are_files(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    assert [found.found for found in mail.findings()] == ["Email goes to filebased, not to people."]
    assert not list(tmp_path.iterdir())


@pytest.mark.django_db
def test_doctor_tells_the_rest_when_the_migrations_cannot_be_read(
    running: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> list[Any]:
        raise ProgrammingError("permission denied for table django_migrations")

    monkeypatch.setattr(servers, "pending", refused)
    code, told = doctor()
    assert code == 1
    assert "migrations: The check failed: ProgrammingError: permission denied" in told
    assert "superuser: Not checked without the database's tables." in told


def warnings(about: str) -> dict[str, str]:
    code, text = doctor("--json")
    rows = json.loads(text)["findings"]
    return {row["found"]: row["advice"] for row in rows if row["about"] == about}


@pytest.mark.django_db
def test_doctor_lists_work_that_waits_for_an_operator(
    running: None, in_review: AccessRequest
) -> None:
    assert warnings("open work") == {"Nothing waits for an operator.": ""}
    stage = in_review.stages.get()
    for reviewer in stage.step.reviewers.user_set.all():
        votes.recuse(stage, by=reviewer, reason="We share an office.")
    Notice.objects.filter(pk=Notice.objects.order_by("pk")[:1]).update(
        sent_at=None, dropped_at=None, problem="535 Bad password"
    )
    key = {"issuer": "campus", "created_at": timezone.now(), "next_try_at": timezone.now()}
    ExternalKey.objects.create(**key, reference="a", stuck_at=timezone.now())
    ExternalKey.objects.create(**key, reference="b")
    found = warnings("open work")
    step, keys, messages = found
    assert step == f"Too few reviewers are left to decide “{stage.step}” of {in_review}."
    assert found[step].endswith(f"/admin/requests_app/accessrequest/{in_review.pk}/change/")
    assert keys == "Keys that a gateway doesn't update: 1."
    assert found[keys].endswith("/admin/requests_app/externalkey/?standing=stuck")
    assert messages.startswith("Messages that couldn't be sent: 1, the oldest since ")
    assert found[messages] == "We keep retrying. The last error: 535 Bad password"


@pytest.mark.django_db
def test_doctor_names_the_true_next_step_towards_the_first_model(
    running: None, opus: AIModel, owners: Group, reviewers: Group, pat: User
) -> None:
    nothing_open = "None can be requested yet."
    assert warnings("models") == {nothing_open: "Run `manage.py first_run`."}
    steps = [policies.StepInput("Review", reviewers)]
    policy = policies.create("opus", by=pat, name="Opus 3", owners=owners, ai_models=[opus])
    version = policies.draft(policy, policies.VersionInput("Cite us.", steps), by=pat)
    assert warnings("models") == {nothing_open: "Publish the draft of a policy, as said above."}
    (advice,) = warnings("policies").values()
    assert f"Nobody in {reviewers} can open the review desk" in advice
    assert f"Another member of {owners} must publish it, and there is none" in advice
    for name, group in (("rita", reviewers), ("lee", owners)):
        person(name, staff=True).groups.add(group)
    (advice,) = warnings("policies").values()
    page = reverse("admin:requests_app_policyversion_change", args=[version.pk])
    assert advice == f"lee@example.org publishes it at http://localhost:8000{page}"
    policies.publish(version, by=User.objects.get(email="lee@example.org"))
    opus.access_routes.all().delete()
    assert "Give a retired model access by request" in warnings("models")[nothing_open]
