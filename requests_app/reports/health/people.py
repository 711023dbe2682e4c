"""Whether anybody can administer the site, decide, and request a model."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app import clock
from requests_app.models import Policy, PolicyVersion
from requests_app.reports.health.findings import Finding, ok, problem, warning
from requests_app.states import VersionState
from requests_app.validation.policy_version import undecidable, version_input_of
from requests_app.validation.requested_models import requestable

FIRST_RUN = "Run `python manage.py first_run`."


def superusers() -> Iterator[Finding]:
    able = addresses.confirmed_superusers().count()
    if able:
        yield ok("superuser", f"{able} with a confirmed address.")
    elif User.objects.filter(is_superuser=True, is_active=True).exists():
        yield problem("superuser", "None has confirmed their address.", FIRST_RUN)
    else:
        yield problem("superuser", "There is none.", FIRST_RUN)


def policies() -> Iterator[Finding]:
    for draft in PolicyVersion.objects.filter(state=VersionState.DRAFT).select_related("policy"):
        path = reverse("admin:requests_app_policyversion_change", args=[draft.pk])
        advice = f"An owner who didn't edit it publishes it: {settings.SITE_URL}{path}"
        yield warning("policies", f"{draft} is a draft.", advice)
    for policy in Policy.objects.order_by("slug"):
        yield from _stuck(policy)


def _stuck(policy: Policy) -> Iterator[Finding]:
    version = policy.current
    if version is None:
        return
    stuck = [sentence for _, sentence in undecidable(version_input_of(version))]
    for sentence in stuck:
        yield problem("policies", f"{version}: {sentence}", "Add reviewers to the group.")
    if not stuck:
        yield ok("policies", f"{version} is published, and its steps can be decided.")


def models() -> Iterator[Finding]:
    if not AIModel.objects.exists():
        yield problem("models", "The catalogue is empty.", "Run `python manage.py load_catalogue`.")
        return
    opened = requestable(clock.utc_day(timezone.now())).count()
    if opened:
        yield ok("models", f"{opened} can be requested.")
    else:
        yield warning("models", "None can be requested yet.", FIRST_RUN)
