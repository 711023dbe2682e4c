"""What reviewers and those who run the site have done for themselves."""

from datetime import timedelta

from django.utils import timezone

from demo.play.acts import person
from demo.play.conductor import Story
from requests_app.actions.keys import leaks, service_tokens
from requests_app.actions.keys.service_tokens import NewToken
from requests_app.actions.review import delegations, preferences
from requests_app.models import TokenPermission


def desk() -> Story:
    yield 62
    preferences.prefer(person("nia"), by=person("nia"), daily_digest=True)
    yield 30
    _token("Nightly report of use", "pat", TokenPermission.REPORT_USAGE, TokenPermission.READ)
    yield 13
    lost = _token("Revokes keys found by the scanner", "lee", TokenPermission.REVOKE_KEYS)
    yield 12
    leaks.report([lost.secret])
    yield 10
    _away("rita", "nia", "At a conference.", days=(0, 4))
    yield 1
    _away("rita", "sam", "On leave.", days=(8, 22))
    _away("nia", "rita", "Ill.", days=(2, 5))


def _token(name: str, owner: str, *permissions: str) -> NewToken:
    expires_at = timezone.now() + timedelta(days=90)
    return service_tokens.create(
        name,
        owner=person(owner),
        permissions=permissions,
        expires_at=expires_at,
        by=person("admin"),
    )


def _away(who: str, to: str, reason: str, *, days: tuple[int, int]) -> None:
    starts_at, ends_at = (timezone.now() + timedelta(days=ahead) for ahead in days)
    delegations.delegate(
        person(to), by=person(who), starts_at=starts_at, ends_at=ends_at, reason=reason
    )
