"""The steps of `manage.py first_run`; each does nothing if it is already done."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from lifecycle.catalogue import editors
from lifecycle.catalogue.models import AIModel
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.actions.review import desk_members
from requests_app.models import Policy, PolicyVersion
from requests_app.reports.health import machine, mail, people, servers
from requests_app.reports.health.findings import Level
from requests_app.states import VersionState

OWNERS, REVIEWERS = "Policy owners", "Reviewers"
SLUG, NAME, STEP = "retired-models", "Retired models", "Review"
TERMS = """Use the model for the research that you described, and for nothing else.
Keep the key to yourself, and end the access when you no longer need it."""
TWO_PEOPLE = "By the rules of the site, nobody publishes what they drafted: it takes two owners."


class Groups(NamedTuple):
    owners: Group
    reviewers: Group


class NotEnlisted(Exception):
    """Somebody who was named can't join a group; the message says why, and what to do."""


# The site and its first account -----------------------------------------------------------------


def tables() -> Iterator[str]:
    if waiting := servers.pending():
        call_command("migrate", interactive=False, verbosity=0)
        yield f"Tables: {len(waiting)} migrations were applied."
    else:
        yield "Tables: already there."


def static_files() -> Iterator[str]:
    if any(found.level != Level.OK for found in machine.static_files()):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield "Static files: collected. Start the site again if it runs."
    else:
        yield "Static files: nothing to do."


def superuser() -> User | None:
    """Return a superuser in good standing with a confirmed address, if there is one."""
    return addresses.confirmed_superusers().first()


def confirm_superuser(email: str) -> User | None:
    """Confirm the address of a superuser on the operator's word; None if there is none there."""
    person = addresses.person_at(email)
    if person is None or not (person.is_superuser and person.is_active):
        return None
    if addresses.is_taken(person.email, but=person):
        return None
    addresses.confirm(person)
    return person


# The catalogue, and who does what ---------------------------------------------------------------


def catalogue() -> Iterator[str]:
    if AIModel.objects.exists():
        editors.make_group()
        yield "Catalogue: already loaded."
    else:
        call_command("load_catalogue", verbosity=0)
        yield f"Catalogue: {AIModel.objects.count()} models were loaded."


def groups() -> Groups:
    """Return the groups of the first policy, or those that its first version will name."""
    policy = Policy.objects.order_by("pk").first()
    version = policy.versions.order_by("number").last() if policy else None
    step = version.steps.first() if version else None
    if policy and step:
        return Groups(policy.owners, step.reviewers)
    owners, _ = Group.objects.get_or_create(name=OWNERS)
    reviewers, _ = Group.objects.get_or_create(name=REVIEWERS)
    return Groups(policy.owners if policy else owners, reviewers)


def enlist(email: str, group: Group) -> str:
    """Let somebody open the desk as a member of the group; raises NotEnlisted."""
    person = addresses.person_at(email)
    if person is None or not addresses.verified(person):
        signup = settings.SITE_URL + reverse("account_signup")
        raise NotEnlisted(
            f"{group}: {email} isn't a confirmed account. They sign up at {signup} and follow the "
            "link in the email; then run this again."
        )
    if not person.is_active:
        raise NotEnlisted(f"{group}: {person.email} isn't in good standing. Choose somebody else.")
    if person.is_staff and person.groups.contains(group):
        return f"{group}: {person.email} is already in it."
    desk_members.enlist(person, group)
    return f"{group}: {person.email} is in it now, and can open the desk."


# The policy -------------------------------------------------------------------------------------


def policy(by: User, members: Groups, identifiers: Collection[str], terms: str) -> Iterator[str]:
    """Draft the first policy, of one step, for the models that can be requested."""
    version = _newest_version()
    if version is None:
        ai_models = _available(identifiers)
        if not ai_models:
            yield (
                "Policy: no retired model is available by request. Add such an access route to "
                f"one at {settings.SITE_URL}{reverse('admin:catalogue_aimodel_changelist')}"
            )
            return
        version = _draft(by, members, ai_models, terms)
        yield f"Policy: {version} is drafted for {', '.join(map(str, ai_models))}."
    yield from _what_is_next(version)


def _newest_version() -> PolicyVersion | None:
    """Return one in force if there is any, else the newest draft."""
    published = PolicyVersion.objects.filter(state=VersionState.PUBLISHED)
    return published.order_by("-pk").first() or PolicyVersion.objects.order_by("-pk").first()


def _available(identifiers: Collection[str]) -> list[AIModel]:
    today = clock.utc_day(timezone.now())
    free = AIModel.objects.retired_on(today).by_request().filter(policies=None)
    named = free.filter(identifier__in=identifiers) if identifiers else free
    return list(named.order_by("identifier"))


def _draft(by: User, members: Groups, models: Sequence[AIModel], terms: str) -> PolicyVersion:
    text = VersionInput(terms or TERMS, [StepInput(STEP, members.reviewers)])
    version, _ = policies.import_version(
        SLUG, text, by=by, name=NAME, owners=members.owners, ai_models=models
    )
    return version


def _what_is_next(version: PolicyVersion) -> Iterator[str]:
    if version.state == VersionState.PUBLISHED:
        yield f"Policy: {version} is published."
        return
    yield f"Policy: {version} isn't published. {TWO_PEOPLE}"
    for sentence in people.to_publish(version):
        yield f"Policy: {sentence}"


# Email and the gateway --------------------------------------------------------------------------


def email(mail_to: str) -> Iterator[str]:
    if not mail_to:
        yield "Email: not tested. `manage.py doctor --mail-to ADDRESS` sends one."
        return
    for found in mail.findings(mail_to):
        yield f"Email: {found.found}" + (f" → {found.advice}" if found.advice else "")


GATEWAY = """Gateway: keys are checked at {gateway}. What is left to do:
  1. Start it:   python -m requests_app.gateway --port 8001 --workers 2
  2. Ask it:     curl {gateway}/gateway/health
  3. Put it in front of the model: docs/gateway.md; docker/gateway/ has files for nginx, Caddy,
     Envoy, HAProxy, Traefik and LiteLLM.
Then `manage.py doctor` says what is in order."""


def gateway() -> Iterator[str]:
    yield GATEWAY.format(gateway=settings.GATEWAY_URL)
