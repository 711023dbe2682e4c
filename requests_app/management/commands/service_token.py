"""`manage.py service_token create|list|rotate|revoke`: tokens for automation."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.keys import service_tokens
from requests_app.actions.keys.service_tokens import NewToken
from requests_app.models import ServiceToken, TokenPermission
from requests_app.refusals import Invalid, Refusal


class Command(BaseCommand):
    help = "Create a service token, list tokens, rotate or revoke one."

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
        listing = what.add_parser("list", help="existing tokens, newest first, without secrets")
        rotate = what.add_parser("rotate", help="replace one; the new secret is printed only once")
        rotate.add_argument("id", help="its public ID, token_…")
        about = "how long the old one still works; at most 168"
        rotate.add_argument("--overlap-hours", type=int, default=24, help=about)
        revoke = what.add_parser("revoke", help="revoke one")
        revoke.add_argument("id", help="its public ID, token_…")
        about = "the email address of whoever does it: the owner or a superuser"
        for each in (create, rotate, revoke):
            each.add_argument("--as", dest="by", required=True, metavar="EMAIL", help=about)
        for each in (create, listing, rotate, revoke):
            each.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        acts: Mapping[str, Callable[..., Shown]]
        acts = {"create": create, "list": all_tokens, "rotate": rotate, "revoke": revoke}
        show = as_json if options["json"] else in_words
        try:
            self.stdout.write(show(acts[what](**options)))
        except Invalid as refusal:
            raise CommandError("\n".join(refusal.errors.values())) from None
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from None


def person(email: str) -> User:
    found = addresses.person_at(email)
    if found is None:
        raise CommandError(f"No account has the address {email}.")
    return found


def create(
    *, name: str, owner: str, permissions: list[str], days: int, by: str, **_: Any
) -> NewToken:
    days = min(
        max(days, 0), service_tokens.MAX_LIFETIME.days + 1
    )  # so that any number can be added to a date
    return service_tokens.create(
        name,
        owner=person(owner),
        permissions=permissions,
        expires_at=timezone.now() + timedelta(days=days),
        by=person(by),
    )


def token_called(public_id: str) -> ServiceToken:
    token = ServiceToken.objects.filter(public_id=public_id).first()
    if token is None:
        raise CommandError(f"There is no token {public_id}. Run `service_token list` to see them.")
    return token


def rotate(*, id: str, overlap_hours: int, by: str, **_: Any) -> NewToken:
    hours = min(max(overlap_hours, -1), 10_000)  # so that any number can be a length of time
    overlap = timedelta(hours=hours)
    return service_tokens.rotate(token_called(id), by=person(by), overlap=overlap)


def revoke(*, id: str, by: str, **_: Any) -> ServiceToken:
    return service_tokens.revoke(token_called(id), by=person(by))


def all_tokens(**_: Any) -> list[ServiceToken]:
    return list(ServiceToken.objects.select_related("owner", "revoked_by", "replaced_by"))


Shown = NewToken | ServiceToken | list[ServiceToken]


def in_words(shown: Shown) -> str:
    if isinstance(shown, list):
        return "\n".join(map(line, shown)) or "There are none."
    if isinstance(shown, NewToken):
        return f"{line(shown.token)}\nThe token, shown only here:\n{shown.secret}"
    return line(shown)


def as_json(shown: Shown) -> str:
    """Return the same members as the API does; a new token has its `secret`."""
    if isinstance(shown, list):
        return json.dumps([members(token) for token in shown])
    if isinstance(shown, NewToken):
        return json.dumps({"token": members(shown.token), "secret": shown.secret})
    return json.dumps(members(shown))


def members(token: ServiceToken) -> dict[str, Any]:
    times = ("created_at", "expires_at", "last_used_at", "revoked_at")
    at: dict[str, datetime | None] = {name: getattr(token, name) for name in times}
    return {
        "id": token.public_id,
        "name": token.name,
        "owner": token.owner.email,
        "permissions": token.permissions,
        "last_four": token.last_four,
        **{name: value and value.isoformat() for name, value in at.items()},
        "replaced_by": token.replaced_by and token.replaced_by.public_id,
    }


def line(token: ServiceToken) -> str:
    permissions = ", ".join(token.permissions)
    end = f"until {token.expires_at:%Y-%m-%d %H:%M} UTC"
    if token.revoked_at:
        end = f"revoked {token.revoked_at:%Y-%m-%d %H:%M} UTC by {token.revoked_by or 'a report'}"
    return f"{token.public_id}  {token}  owner {token.owner.email}  {permissions}  {end}"
