"""People, a model, a policy and the steps on the way to a key."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase, override_settings
from django.test.client import ClientMixin
from pytest_django import DjangoDbBlocker, Settings

from lifecycle.catalogue.loading import LoadReport
from lifecycle.catalogue.models import AccessRoute, AIModel, Provider, Retirement
from lifecycle.config import env
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.requests.requests import RequestInput
from requests_app.actions.review import break_glass, votes
from requests_app.models import AccessRequest, BreakGlass, Grant, Policy, PolicyModel, Stage
from requests_app.validation.policy_version import version_input_of
from requests_app.validation.request_input import name_of
from tests.support import kept_schema, parallel_runs, quick_login, shipped_file, world_records
from tests.support.longest_first import long_first
from tests.support.soak_sizes import without_long_walks
from tests.support.table_cleanup import empty_tables
from tests.support.world_records import Records

PASSWORD = "a long enough phrase"
# Fixtures below that follow one from another, and are written again instead of built again.
PEOPLE = frozenset({"alice", "bob", "eve", "reviewers", "rita", "sam", "owners", "pat", "lee"})
RECORDED = PEOPLE | {
    "shipped",
    "opus",
    "policy",
    "draft",
    "in_review",
    "limited",
    "grant",
    "claimed",
}
RECORDS = Records()
FOUND_IN_SOURCE_TREE = "django.contrib.staticfiles.storage.StaticFilesStorage"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:], waiting = without_long_walks(items)
    if waiting:
        config.hook.pytest_deselected(items=waiting)
    fields = getattr(config, "workerinput", {})
    long_first(items, fields.get("workercount", 1))


def pytest_collection_finish() -> None:
    """What is loaded by now stays; the garbage collector needn't go through it every time."""
    gc.freeze()


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Any:
    """The recorded ones; pytest sets up all others."""
    if not is_recorded(fixturedef):
        RECORDS.write()  # as it may have another connection look for the rows
        return None
    needs = {name: request.getfixturevalue(name) for name in fixturedef.argnames}
    rests_on = [
        need for name, need in needs.items() if is_recorded(request._get_active_fixturedef(name))
    ]
    key = fixturedef.cache_key(request)
    try:
        value = RECORDS.value(fixturedef.func, lambda: fixturedef.func(**needs), rests_on)
    except Exception as error:  # kept as pytest does, or the tests after would fail too
        fixturedef.cached_result = (None, key, (error, error.__traceback__))
        raise
    fixturedef.cached_result = (value, key, None)
    return value


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    RECORDS.write()


def is_recorded(fixturedef: Any) -> bool:
    """Whether it is one of RECORDED, defined here, or one that its module calls recorded."""
    func = fixturedef.func
    return func in world_records.marked or (
        fixturedef.argname in RECORDED and func.__module__ == __name__
    )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Two runs may have one server of your own; each worker has its own otherwise."""
    if not env.is_local():
        connection.settings_dict["TEST"]["NAME"] += parallel_runs.suffix().replace("-", "_")
        return
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = kept_schema.template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Clients sign in, and tests with real transactions empty the tables after, quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientMixin, "_login", quick_login.log_in)
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Cheap passwords, files and static files where they are found."""
    changes: dict[str, Any] = {
        "FILES_FOLDER": tmp_path_factory.getbasetemp() / "files",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "WHITENOISE_AUTOREFRESH": True,
    }
    if not env.is_local():
        changes["WHITENOISE_USE_FINDERS"] = True
        changes["STORAGES"] = settings.STORAGES | {"staticfiles": {"BACKEND": FOUND_IN_SOURCE_TREE}}
    with override_settings(**changes):
        yield


@pytest.fixture(autouse=True)
def counters_at_nothing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    RECORDS.begin(monkeypatch._setattr, alone=not request.node.get_closest_marker("stack"))


def person(name: str, *, staff: bool = False) -> User:
    return User.objects.create_user(
        f"{name}@example.org", PASSWORD, full_name=name.capitalize(), is_staff=staff
    )


@pytest.fixture
def alice(db: None) -> User:
    return person("alice")


@pytest.fixture
def bob(db: None) -> User:
    return person("bob")


@pytest.fixture
def eve(db: None) -> User:
    return person("eve")


@pytest.fixture
def reviewers(db: None) -> Group:
    return Group.objects.create(name="Opus reviewers")


@pytest.fixture
def owners(db: None) -> Group:
    return Group.objects.create(name="Policy owners")


@pytest.fixture
def rita(reviewers: Group) -> User:
    rita = person("rita", staff=True)
    rita.groups.add(reviewers)
    return rita


@pytest.fixture
def sam(reviewers: Group) -> User:
    sam = person("sam", staff=True)
    sam.groups.add(reviewers)
    return sam


@pytest.fixture
def pat(owners: Group) -> User:
    pat = person("pat", staff=True)
    pat.groups.add(owners)
    return pat


@pytest.fixture
def lee(owners: Group) -> User:
    lee = person("lee", staff=True)
    lee.groups.add(owners)
    return lee


@pytest.fixture
def ada(db: None) -> User:
    """An operator."""
    return User.objects.create_superuser("ada@example.org", "", full_name="Ada")


@pytest.fixture
def opus(db: None) -> AIModel:
    """The founding case, as the catalogue has it."""
    anthropic, _ = Provider.objects.get_or_create(slug="anthropic", defaults={"name": "Anthropic"})
    opus = AIModel.objects.create(
        identifier="claude-3-opus-20240229", provider=anthropic, name="Claude Opus 3"
    )
    Retirement.objects.create(
        ai_model=opus,
        platform="Claude API",
        announced=date(2025, 6, 30),
        retires=date(2026, 1, 5),
        precision=Retirement.Precision.DAY,
    )
    AccessRoute.objects.create(ai_model=opus, kind=AccessRoute.Kind.REQUEST)
    return opus


@pytest.fixture
def shipped(db: None) -> LoadReport:
    """Every model of the file that the project comes with; `opus` is one of them, so not both."""
    return shipped_file.load()


@pytest.fixture
def policy(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, rita: User, sam: User
) -> Policy:
    """One step, one approval, published."""
    policy = policies.create("opus", by=pat, name="Opus 3", owners=owners, ai_models=[opus])
    steps = [policies.StepInput("Research review", reviewers)]
    version = policies.draft(policy, policies.VersionInput("Use it for research.", steps), by=pat)
    policies.publish(version, by=lee)
    return policy


# What a request needs besides its models, its days and its purpose.
COMPLETE: dict[str, Any] = {
    "organisation": "Example University",
    "team": "Alice alone.",
    "attests": True,
}


def today() -> date:
    return datetime.now(UTC).date()


def ask_for(
    *ai_models: AIModel, days: int = 90, purpose: str = "Compare refusals."
) -> RequestInput:
    return RequestInput(
        identifiers=tuple(ai_model.identifier for ai_model in ai_models),
        purpose=purpose,
        starts_on=today(),
        ends_on=today() + timedelta(days=days),
        **COMPLETE,
        **accepting(*ai_models),
    )


def accepting(*ai_models: AIModel) -> dict[str, Any]:
    """With the terms of the version in force, where there is one."""
    under = PolicyModel.objects.filter(ai_model__in=ai_models).select_related("policy").first()
    current = under.policy.current if under else None
    return {"accepted_terms": name_of(current)} if current else {}


def signed(draft: AccessRequest) -> AccessRequest:
    """With the terms accepted and the authority confirmed, as a draft for more time needs anew."""
    fields = accepting(*draft.revision.ai_models.all())
    return requests.change(draft, by=draft.requester, attests=True, **fields)


@pytest.fixture
def draft(policy: Policy, opus: AIModel, alice: User) -> AccessRequest:
    return requests.save(ask_for(opus), by=alice)


@pytest.fixture
def in_review(draft: AccessRequest, alice: User) -> AccessRequest:
    return requests.submit(draft, by=alice)


@pytest.fixture
def stage(in_review: AccessRequest) -> Stage:
    return in_review.stages.get()


@pytest.fixture
def limited(policy: Policy, opus: AIModel, alice: User, pat: User, lee: User) -> Stage:
    """Open under a version with two limits, and without the other two."""
    text = replace(version_input_of(policy.current), requests_per_minute=60, tokens_per_day=100_000)
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    return requests.save(ask_for(opus), by=alice, submit=True).stages.get()


@pytest.fixture
def approve() -> Callable[[AccessRequest, User], Grant]:
    """Approve the open stage of a request and return what was granted."""

    def approve(access_request: AccessRequest, by: User) -> Grant:
        stage = access_request.stages.open().get()
        votes.approve(stage, by=by, reason="Sound plan.", shown=stage.revision.digest())
        return access_request.grants.get()

    return approve


@pytest.fixture
def grant(
    in_review: AccessRequest, rita: User, approve: Callable[[AccessRequest, User], Grant]
) -> Grant:
    return approve(in_review, rita)


@pytest.fixture
def claimed(grant: Grant, alice: User) -> keys.ClaimedKey:
    return keys.claim(grant, by=alice)


@pytest.fixture
def zoe(db: None, settings: Settings) -> User:
    """Named for emergencies, and has confirmed the address; in no group."""
    settings.BREAK_GLASS_EMAILS = frozenset({"zoe@example.org"})
    return confirmed(person("zoe", staff=True))


def confirmed(somebody: User) -> User:
    """With their address shown to be theirs."""
    EmailAddress.objects.create(user=somebody, email=somebody.email, verified=True, primary=True)
    return somebody


def broken_by(by: User, access_request: AccessRequest, **changed: str) -> Grant:
    """Granted at once, as an emergency."""
    fields = {"reason": "A model is being abused.", "shown": access_request.revision.digest()}
    return break_glass.grant_now(access_request, by=by, **{**fields, **changed})


@pytest.fixture
def emergency_grant(in_review: AccessRequest, zoe: User) -> BreakGlass:
    return broken_by(zoe, in_review).break_glass


@pytest.fixture
def publish_terms(policy: Policy, pat: User, lee: User) -> Callable[[str], None]:
    """The next version of the policy, with these terms."""

    def publish_terms(terms: str) -> None:
        text = replace(version_input_of(policy.current), terms=terms)
        policies.publish(policies.draft(policy, text, by=pat), by=lee)

    return publish_terms
