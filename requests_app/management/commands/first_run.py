"""`manage.py first_run`: from nothing to the first open model; running it again is safe."""

from argparse import ArgumentParser
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from lifecycle.people.models import User
from requests_app.management import first_steps
from requests_app.models import Policy
from requests_app.refusals import Invalid, Refusal

NO_EMAIL = "There is no superuser with a confirmed address. Give --email, and their --name."


class Command(BaseCommand):
    help = (
        "Create the tables, the first superuser, groups, the catalogue and a draft of the first "
        "policy. What is already there is left as it is. With --no-input nothing is asked, and "
        "the superuser's password comes from DJANGO_SUPERUSER_PASSWORD. It ends with 1 if somebody "
        "who was named couldn't join a group."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012  # its tables may not exist yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--no-input", action="store_false", dest="asks", help="ask nothing")
        add("--email", default="", help="the superuser's address; it counts as confirmed")
        add("--name", default="", help="the superuser's name")
        about = "a confirmed account that joins the owners and may then publish the policy"
        add("--second-owner", default="", metavar="EMAIL", help=about)
        about = "a confirmed account that joins the reviewers; can be repeated"
        add("--reviewer", action="append", default=[], metavar="EMAIL", help=about)
        about = "a model of the policy; without it, all that are available by request"
        add("--model", action="append", default=[], metavar="ID", help=about)
        add("--terms", type=Path, metavar="FILE", help="what researchers agree to")
        add("--mail-to", default="", metavar="ADDRESS", help="send a test email there")

    def handle(self, *args: Any, asks: bool, **options: Any) -> None:
        self.missing: list[str] = []
        terms = _read(options["terms"])
        self._tell(first_steps.tables())
        self._tell(first_steps.static_files())
        by = self._superuser(options["email"], options["name"], asks=asks)
        self._tell(first_steps.catalogue())
        members = first_steps.groups()
        if not Policy.objects.exists():  # else its owners are for them to choose
            self._enlist(by.email, members.owners)
        ask = self._ask if asks else _no_answer
        if second := options["second_owner"] or ask("Another owner, who publishes (email): "):
            self._enlist(second, members.owners)
        for email in (
            options["reviewer"] or ask("Reviewers (emails, separated by spaces): ").split()
        ):
            self._enlist(email, members.reviewers)
        try:
            self._tell(first_steps.policy(by, members, options["model"], terms))
        except Refusal as refusal:
            raise CommandError(_sentence(refusal)) from None
        self._tell(first_steps.email(options["mail_to"] or ask("Send a test email to: ")))
        self._tell(first_steps.gateway())
        if self.missing:
            raise CommandError("\n".join(["Not done:", *self.missing]))

    def _enlist(self, email: str, group: Group) -> None:
        """Tell it, or remember why it isn't possible: the other steps are taken all the same."""
        try:
            self.stdout.write(first_steps.enlist(email, group))
        except first_steps.NotEnlisted as reason:
            self.missing.append(str(reason))

    def _tell(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)

    def _ask(self, question: str) -> str:
        """Return what is typed; nothing skips the step, as does the end of the input."""
        with suppress(EOFError):
            return input(f"{question}(Enter to skip) ").strip()
        return ""

    def _superuser(self, email: str, name: str, *, asks: bool) -> User:
        person = first_steps.superuser()
        if person:
            self.stdout.write(f"Superuser: {person.email} is already one.")
            return person
        person = first_steps.confirm_superuser(email) if email else None
        if person is None:
            self._create_superuser(email, name, asks=asks)
        found = first_steps.superuser()
        if found is None:
            raise CommandError(NO_EMAIL)
        self.stdout.write(f"Superuser: {found.email}, whose address counts as confirmed.")
        return found

    def _create_superuser(self, email: str, name: str, *, asks: bool) -> None:
        if not asks and not (email and name):
            raise CommandError(NO_EMAIL)
        given = {"email": email, "full_name": name}
        known = {field: value for field, value in given.items() if value}
        call_command("createsuperuser", interactive=asks, verbosity=0, **known)


def _no_answer(question: str) -> str:
    return ""


def _read(path: Path | None) -> str:
    try:
        return path.read_text("utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} can't be read: {error}.") from None


def _sentence(refusal: Refusal) -> str:
    return "\n".join(refusal.errors.values()) if isinstance(refusal, Invalid) else refusal.sentence
