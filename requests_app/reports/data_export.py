"""Export everything stored about one person, without secrets."""

from collections.abc import Iterable, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Model, Prefetch, Q, QuerySet

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.models import (
    AccessRequest,
    Attachment,
    BreakGlass,
    Collaborator,
    Delegation,
    Demand,
    Event,
    Grant,
    GrantedModel,
    InstitutionMerge,
    Invitation,
    Key,
    Narrowing,
    Notice,
    ReadLogEntry,
    ReviewerInvitation,
    Revision,
    SavedReason,
    ServiceToken,
    Stage,
    StandingMember,
    Usage,
    Vote,
)
from requests_app.rules.desk import comment_events
from requests_app.states import RequestState

MODELS = Prefetch("granted_models", GrantedModel.objects.select_related("ai_model"))
SECRET_COLUMNS = {
    "password",
    "digest",
    "previous",
    "head_digest",
    "head_sequence",
    "sequence",  # a gap would tell of events that they may not know of
    "pepper",
    "session_key",
}


def of_person(person: User) -> dict[str, Any]:
    """Return the data as JSON types; times are UTC."""
    affiliations = person.affiliations.select_related("institution")
    return {
        "profile": {**_row(person), "institution": str(person.institution or "")},
        "institutions": [{**_row(row), "name": str(row.institution)} for row in affiliations],
        "groups": [group.name for group in person.groups.all()],
        "following": [{"name": str(row), **_row(row)} for row in person.follows.all()],
        **_sign_in(person),
        **_requests_of(person),
        **_grants_of(person),
        **_review_activity(person),
        "models_needed": [
            {"model": row.ai_model.identifier, "stated_at": row.stated_at}
            for row in Demand.objects.filter(person=person).select_related("ai_model")
        ],
    }


def _sign_in(person: User) -> dict[str, Any]:
    factors = Authenticator.objects.filter(user=person)
    return {
        "addresses": _rows(EmailAddress.objects.filter(user=person)),
        "second_factors": [
            {"type": row.type, "created_at": row.created_at, "last_used_at": row.last_used_at}
            for row in factors
        ],
        "connected_sign_ins": _rows(SocialAccount.objects.filter(user=person)),
        "devices": _rows(UserSession.objects.filter(user=person)),
    }


def _requests_of(person: User) -> dict[str, Any]:
    """Return the person's requests and their outcomes, without other people's names."""
    requests = AccessRequest.objects.filter(requester=person).order_by("pk")
    return {
        "requests": [
            {
                **_row(row),
                "closing_reason": _request_row(row),
                "texts": [_text(text) for text in row.revisions.all()],
                "comments": [
                    each._asdict()
                    for each in comment_events.shared_with_requester(row.events.all())
                ],
                "history": [
                    {"kind": each.kind, "at": each.at}
                    for each in comment_events.without_private(row.events.all())
                ],
            }
            for row in requests.prefetch_related("revisions__ai_models", "events")
        ],
        "invitations_sent": _rows(Invitation.objects.filter(access_request__requester=person)),
        "invitations": _rows(
            Invitation.objects.filter(Q(person=person) | Q(access_request__requester=person))
        ),
        "files": _rows(Attachment.objects.filter(owner=person)),
    }


def _request_row(access_request: AccessRequest) -> str:
    """Return a request without the reasons of approvals, which only the desk shows."""
    approved = access_request.state == RequestState.APPROVED
    return "" if approved else access_request.closing_reason


def _text(text: Revision) -> dict[str, Any]:
    return {
        **_row(text),
        "models": sorted(each.identifier for each in text.ai_models.all()),
        "collaborators": sorted(each.email for each in text.collaborators.all()),
        "files": sorted(each.public_id for each in text.files.all()),
    }


def _grants_of(person: User) -> dict[str, Any]:
    shared = Collaborator.objects.filter(person=person).select_related("grant")
    usage = Usage.objects.filter(key__holder=person).select_related("key", "ai_model")
    return {
        "grants": [
            {**_row(row), "models": _models(row)}
            for row in Grant.objects.filter(holder=person).prefetch_related(MODELS)
        ],
        "standing_access_lists": [
            {"rule": row.rule.name, "email": row.email, **_dates(row)} for row in _listed(person)
        ],
        "invitations_accepted": _rows(Invitation.objects.filter(person=person)),
        "shared_with_you": [{**_row(row), "grant": row.grant.public_id} for row in shared],
        "keys": _rows(Key.objects.filter(holder=person)),
        "usage": [
            {**_row(row), "key": row.key.public_id, "model": row.ai_model.identifier}
            for row in usage
        ],
        "service_tokens": _rows(ServiceToken.objects.filter(owner=person)),
    }


def _listed(person: User) -> QuerySet[StandingMember]:
    """Return the entries of lists that hold one of the person's verified addresses."""
    mine = addresses.verified(person)
    return StandingMember.objects.filter(email__in=mine).select_related("rule").order_by("pk")


def _dates(row: StandingMember) -> dict[str, Any]:
    """Return when somebody was on a list, but not who put them there."""
    return {"added_at": row.added_at, "removed_at": row.removed_at}


def _models(grant: Grant) -> list[str]:
    return sorted(each.ai_model.identifier for each in grant.granted_models.all())


def _review_activity(person: User) -> dict[str, Any]:
    """Return what the person did as requester, reviewer or owner."""
    votes = Vote.objects.filter(voter=person).select_related(
        "stage__access_request", "stage__essay__series"
    )
    looks = ReadLogEntry.objects.filter(person=person).select_related(
        "access_request", "essay__series", "policy"
    )
    return {
        "events": _rows(Event.objects.filter(actor=person)),
        "votes": [{**_row(row), **_about(row.stage)} for row in votes],
        "narrowings": _rows(Narrowing.objects.filter(by=person)),
        "looks": [{**_about(row), "at": row.at} for row in looks],
        "saved_reasons": _rows(SavedReason.objects.filter(person=person)),
        "delegations": _rows(Delegation.objects.filter(Q(person=person) | Q(delegate=person))),
        "reviewers_invited": _rows(ReviewerInvitation.objects.filter(by=person)),
        "invitations_to_review": _rows(
            ReviewerInvitation.objects.filter(
                Q(person=person) | Q(email__in=addresses.verified(person))
            )
        ),
        "institutions_merged": _rows(InstitutionMerge.objects.filter(by=person)),
        "emergencies": _rows(BreakGlass.objects.filter(by=person)),
        "mails": _rows(Notice.objects.filter(recipient=person)),
    }


def _about(row: Stage | ReadLogEntry) -> dict[str, str]:
    """Name the request, the essay or the policy that a stage or a look is about."""
    if isinstance(row, ReadLogEntry) and row.policy:
        return {"policy": row.policy.slug, "file": row.report}
    if row.essay:
        return {"essay": f"{row.essay.series.slug}/{row.essay.number}"}
    return {"request": str(row.access_request)}


def _rows(rows: Iterable[Model]) -> list[dict[str, Any]]:
    return [_row(row) for row in rows]


def _row(row: Model) -> dict[str, Any]:
    """Return a row's own columns, without secrets and internal ids."""
    return dict(_columns(row))


def _columns(row: Model) -> Iterator[tuple[str, Any]]:
    for field in row._meta.concrete_fields:
        hidden = field.primary_key or field.is_relation or field.name in SECRET_COLUMNS
        if not hidden and field.get_internal_type() != "BinaryField":
            yield field.name, _exported_value(getattr(row, field.name))


def _exported_value(value: Any) -> Any:
    """Convert values that Django's JSON encoder doesn't know."""
    return str(value) if hasattr(value, "code") else value  # a country
