"""The only seeder of the demo: its people, and the policy that they made, through the actions."""

import json
import os
import secrets
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import ScryptPasswordHasher, check_password
from django.contrib.auth.models import Group
from django.utils import timezone

from demo import standing_access, voice
from lifecycle.catalogue.models import AIModel
from lifecycle.embedded import embedded
from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.models import Policy

REVIEWERS, OWNERS, LAB = "Opus reviewers", "Policy owners", "Language Lab"
POLICY, NAME = "claude-3-opus", "Retired Claude models"
WORK_FACTOR = 2**4  # the usual one takes two seconds for all people, at each start
WALKER = "wanda"  # asks in the walk; nobody else is her, so all that is hers is the walk's
TERMS = """Use the model for the research that you described, and keep the key to yourself.

Say in what you publish which model you used, and that its provider had retired it."""


class Person(NamedTuple):
    """Somebody in the demo: what they do, and the group that lets them."""

    name: str
    does: str
    group: str = ""
    institution: str = ""


class Account(NamedTuple):
    """How to sign in as somebody."""

    email: str
    password: str
    does: str


PEOPLE = {
    "alice": Person("Alice Marin", "asks for access", institution="Example University"),
    WALKER: Person("Wanda Reis", "asks in the walk", institution="Example University"),
    "iris": Person("Iris Holm", "starts access as a member of a lab", LAB, "Example University"),
    "rita": Person("Rita Sand", "reviews", REVIEWERS),
    "sam": Person("Sam Okoye", "reviews", REVIEWERS),
    "pat": Person("Pat Lindqvist", "owns the policy", OWNERS),
    "lee": Person("Lee Tanaka", "owns the policy", OWNERS),
    "admin": Person("Ada Min", "administers everything"),
}


def seed() -> dict[str, Account]:
    """Make what is missing, and leave the rest as it is."""
    passwords = _passwords()
    people = {short: _person(short, passwords[short]) for short in PEOPLE}
    policy = _policy(author=people["pat"], publisher=people["lee"])
    standing_access.seed(people, policy, lab=LAB)
    voice.seed(people, reviewers=REVIEWERS, owners=OWNERS)
    return {
        short: Account(people[short].email, passwords[short], person.does)
        for short, person in PEOPLE.items()
    }


def _passwords() -> dict[str, str]:
    """Made once for each var/, so that nothing listens with a password that others know."""
    path = embedded.var() / "secrets" / "demo_passwords.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    passwords = {short: known.get(short) or secrets.token_urlsafe(9) for short in PEOPLE}
    if passwords != known:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            json.dump(passwords, file)
        fresh.replace(path)
    return passwords


def _person(short: str, password: str) -> User:
    email, person = f"{short}@example.org", PEOPLE[short]
    user = User.objects.filter(email=email).first() or _new_user(email, person)
    if not user.has_usable_password() or not check_password(password, user.password):
        user.password = _hashed(password)
        user.save(update_fields=["password"])
    if person.group:
        user.groups.add(Group.objects.get_or_create(name=person.group)[0])
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user


def _new_user(email: str, person: Person) -> User:
    if email.startswith("admin@"):
        return User.objects.create_superuser(email, full_name=person.name)
    staff = person.group in (REVIEWERS, OWNERS)
    user = User.objects.create_user(email, full_name=person.name, is_staff=staff)
    return profiles.update_profile(
        user, full_name=person.name, institution=person.institution, orcid="", country=""
    )


def _hashed(password: str) -> str:
    """Quickly, since nobody guesses one that is random; at sign-in it gets the usual hash."""
    hasher = ScryptPasswordHasher()
    return str(hasher.encode(password, hasher.salt(), n=WORK_FACTOR))


def _policy(*, author: User, publisher: User) -> Policy:
    """One step, one approval, over everything that can be asked for today."""
    policy = Policy.objects.filter(slug=POLICY).first()
    if policy is None:
        today = timezone.now().date()
        ai_models = AIModel.objects.by_request().retired_on(today)
        owners = Group.objects.get(name=OWNERS)
        policy = policies.create(
            POLICY, by=author, name=NAME, owners=owners, ai_models=list(ai_models)
        )
    if policy.current is None:
        step = policies.StepInput("Research review", Group.objects.get(name=REVIEWERS))
        version = policies.draft(
            policy, policies.VersionInput(TERMS, [step], requests_per_minute=3000), by=author
        )
        policies.publish(version, by=publisher)
    return policy
