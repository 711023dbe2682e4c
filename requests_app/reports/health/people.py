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
from requests_app.rules import roles
from requests_app.states import VersionState
from requests_app.validation.policy_version import undecidable, version_input_of
from requests_app.validation.requested_models import requestable

FIRST_RUN = "Run `manage.py first_run`."


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
        yield warning("policies", f"{draft} is a draft.", " ".join(to_publish(draft)))
    for policy in Policy.objects.order_by("slug"):
        yield from _stuck(policy)


def to_publish(draft: PolicyVersion) -> Iterator[str]:
    """Yield what is still to do, by whom and where."""
    missing = [sentence for _, sentence in undecidable(version_input_of(draft))]
    if missing:
        yield from missing
        yield "Run `manage.py first_run --reviewer EMAIL`, or add reviewers to the group."
    path = reverse("admin:requests_app_policyversion_change", args=[draft.pk])
    if others := roles.publishers_of(draft):
        names = " or ".join(sorted(other.email for other in others))
        yield f"{names} publishes it at {settings.SITE_URL}{path}"
    else:
        yield (
            f"Another member of {draft.policy.owners} must publish it, and there is none: add one, "
            "or run `manage.py first_run --second-owner EMAIL` (of a confirmed account)."
        )


def _stuck(policy: Policy) -> Iterator[Finding]:
    version = policy.current
    if version is None:
        return
    stuck = [sentence for _, sentence in undecidable(version_input_of(version))]
    for sentence in stuck:
        yield problem("policies", f"{version}: {sentence}", "Add reviewers to the group.")
    if not stuck:
        yield ok("policies", f"{version} is published, and has enough reviewers for its steps.")


def models() -> Iterator[Finding]:
    if not AIModel.objects.exists():
        yield problem("models", "The catalogue is empty.", "Run `manage.py load_catalogue`.")
        return
    opened = requestable(clock.utc_day(timezone.now())).count()
    if opened:
        yield ok("models", f"{opened} can be requested.")
    else:
        yield warning("models", "None can be requested yet.", _to_open_one())


def _to_open_one() -> str:
    versions = PolicyVersion.objects.values_list("state", flat=True)
    if VersionState.PUBLISHED in versions:
        path = reverse("admin:catalogue_aimodel_changelist")
        return f"Give a retired model access by request and a policy: {settings.SITE_URL}{path}"
    return "Publish the draft of a policy, as said above." if versions else FIRST_RUN
