"""Many people with a grant each, written at once and not through the actions."""

from datetime import timedelta

from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.models import AccessRequest, Grant, GrantedModel, Key, Policy, Revision
from tests.conftest import today

LENGTH = timedelta(days=30)


def many_grants(
    many: int, ai_model: AIModel, policy: Policy, *, keys: int = 1, start: int = 0
) -> None:
    """`holder0@example.org` and so on: an approved request, an active grant, `keys` keys."""
    people = User.objects.bulk_create(
        User(email=f"holder{n}@example.org", full_name=f"Holder {n}")
        for n in range(start, start + many)
    )
    grants = _grants(_requests(people, ai_model, policy))
    end = timezone.now() + LENGTH
    GrantedModel.objects.bulk_create(
        GrantedModel(
            grant=grant, ai_model=ai_model, holder=grant.holder, period=(grant.activated_at, end)
        )
        for grant in grants
    )
    states = ["active", *["retiring"] * (keys - 1)]
    Key.objects.bulk_create(_key(grant, state) for grant in grants for state in states[:keys])


def _requests(people: list[User], ai_model: AIModel, policy: Policy) -> list[AccessRequest]:
    now, decider = timezone.now(), User.objects.get(email="rita@example.org")
    moments = {"created_at": now, "submitted_at": now, "closed_at": now}
    version = policy.current
    assert version
    rows = AccessRequest.objects.bulk_create(
        AccessRequest(
            requester=one, policy_version=version, state="approved", closed_by=decider, **moments
        )
        for one in people
    )
    texts = Revision.objects.bulk_create(
        Revision(access_request=row, starts_on=today(), ends_on=today() + LENGTH) for row in rows
    )
    Revision.ai_models.through.objects.bulk_create(
        Revision.ai_models.through(revision=text, aimodel=ai_model) for text in texts
    )
    return rows


def _grants(requests: list[AccessRequest]) -> list[Grant]:
    now = timezone.now()
    moments = {"created_at": now, "starts_at": now, "activated_at": now}
    return Grant.objects.bulk_create(
        Grant(
            access_request=row,
            holder=row.requester,
            state="active",
            duration=LENGTH,
            claim_by=now + LENGTH,
            ends_at=now + LENGTH,
            **moments,
        )
        for row in requests
    )


def _key(grant: Grant, state: str) -> Key:
    assert grant.ends_at
    return Key(
        grant=grant,
        holder=grant.holder,
        state=state,
        digest=key_format.digest(key_format.new(), b"p" * 32),
        pepper=1,
        last_four="last",
        created_at=grant.created_at,
        expires_at=grant.ends_at,
    )
