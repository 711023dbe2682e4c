"""`manage.py service_token create|list|revoke`: tokens for automation."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.keys import service_tokens
from requests_app.models import ServiceToken, TokenPermission
from requests_app.refusals import Invalid, Refusal


class Command(BaseCommand):
    help = "Create a service token, list tokens, or revoke one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        create = what.add_parser("create", help="create one; its secret is printed only once")
        create.add_argument("name", help="what it is for")
        about = "the email address of the person it acts as"
        create.add_argument("--owner", required=True, metavar="EMAIL", help=about)
        permissions = [permission.value for permission in TokenPermission]
        about = "what it can be used for; can be repeated"
        create.add_argument(
            "--permission",
            dest="permissions",
            action="append",
            required=True,
            choices=permissions,
            help=about,
        )
        about = f"how long it works; at most {service_tokens.MAX_LIFETIME.days}"
        create.add_argument("--days", type=int, required=True, help=about)
        what.add_parser("list", help="existing tokens, newest first, without secrets")
        revoke = what.add_parser("revoke", help="revoke one")
        revoke.add_argument("id", help="its public ID, token_…")
        about = "the email address of the superuser doing it; owners can revoke their own"
        for each in (create, revoke):
            each.add_argument("--as", dest="by", required=True, metavar="EMAIL", help=about)

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        try:
            if what == "create":
                self.stdout.write(create(**options))
            elif what == "revoke":
                self.stdout.write(revoke(options["id"], options["by"]))
            else:
                self.stdout.write("\n".join(map(line, all_tokens())) or "There are none.")
        except Invalid as refusal:
            raise CommandError("\n".join(refusal.errors.values())) from None
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from None


def person(email: str) -> User:
    found = addresses.person_at(email)
    if found is None:
        raise CommandError(f"No account has the address {email}.")
    return found


def create(*, name: str, owner: str, permissions: list[str], days: int, by: str, **_: Any) -> str:
    days = min(
        max(days, 0), service_tokens.MAX_LIFETIME.days + 1
    )  # so that any number can be added to a date
    new = service_tokens.create(
        name,
        owner=person(owner),
        permissions=permissions,
        expires_at=timezone.now() + timedelta(days=days),
        by=person(by),
    )
    return f"{line(new.token)}\nThe token, shown only here:\n{new.secret}"


def revoke(public_id: str, email: str) -> str:
    token = ServiceToken.objects.filter(public_id=public_id).first()
    if token is None:
        raise CommandError(f"There is no token {public_id}. Run `service_token list` to see them.")
    return line(service_tokens.revoke(token, by=person(email)))


def all_tokens() -> list[ServiceToken]:
    return list(ServiceToken.objects.select_related("owner", "revoked_by"))


def line(token: ServiceToken) -> str:
    permissions = ", ".join(token.permissions)
    end = f"until {token.expires_at:%Y-%m-%d %H:%M} UTC"
    if token.revoked_at:
        end = f"revoked {token.revoked_at:%Y-%m-%d %H:%M} UTC by {token.revoked_by or 'a report'}"
    return f"{token.public_id}  {token}  owner {token.owner.email}  {permissions}  {end}"
