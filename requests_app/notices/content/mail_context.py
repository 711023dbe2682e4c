"""The context of an email template. It holds no secrets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel, Promise, WeightsCustody
from lifecycle.people.models import User
from lifecycle.voice.models import Essay, Preference
from requests_app.models import (
    AccessRequest,
    Delegation,
    Event,
    Grant,
    Invitation,
    Key,
    Notice,
    PolicyVersion,
    Proposal,
    ReviewerInvitation,
    Revision,
    Stage,
)
from requests_app.notices import unfollow_links
from requests_app.notices.content import granted, owner_news, retirement_news, reviewer_news
from requests_app.notices.content.retirement_news import KnownModels
from requests_app.notices.registry import RULES_BY_TEMPLATE
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from requests_app.states import StageState
from requests_app.wording import titles

Row = (
    Stage
    | Grant
    | Key
    | Invitation
    | Preference
    | Essay
    | Proposal
    | Promise
    | WeightsCustody
    | PolicyVersion
    | ReviewerInvitation
    | None
)


def of_notice(notice: Notice, known: KnownModels | None = None) -> dict[str, Any]:
    """Return the variables that the templates under templates/mail/ use.

    `known` keeps what other emails of the same batch say of their models, too.
    """
    event, access_request = notice.event, notice.event.access_request
    row = _subject(event)
    grant = _grant(row, access_request)
    revision = None if _essay(row) else _revision_sent(event)
    topic = _topic(row, event, revision)
    is_appeal = bool(access_request and access_request.appeal_of_id)
    title = _title(notice, revision, topic, is_appeal=is_appeal)
    news = retirement_news.of_notice(notice, {} if known is None else known)
    context = {
        "person": notice.recipient or notice.address or "all",
        "event": event,
        "access_request": access_request,
        "models": topic,
        "revision": revision,
        "title": title,
        "stage_title": stage_title(row, title),
        "is_appeal": is_appeal,
        "may_appeal": event.kind == "request.denied" and _may_appeal(event),
        "stage": row if isinstance(row, Stage) else _stage_opened_by(event),
        "lenders": _lenders(notice, row),
        "grant": grant,
        **_moments(event),
        "place": _person(event),
        "people": _people(event),
        **{name: row if isinstance(row, kind) else None for name, kind in NAMED_ROWS.items()},
        "essay": _essay(row),
        "lost": {name: event.details.get(name, 0) for name in LOSSES},
        "retirement": news,
        "delegation": _delegation(event),
        **granted.of_notice(notice, grant),
        **owner_news.of_notice(notice),
        **reviewer_news.of_notice(notice),
        "unfollow": unfollow_links.path_of(notice) if news and news.follows else "",
    }
    return {**context, "deadline": _deadline(notice.template, context)}


NAMED_ROWS: Mapping[str, type[Any]] = {
    "invitation": Invitation,
    "key": Key,
    "preference": Preference,
    "proposal": Proposal,
    "promise": Promise,
    "custody": WeightsCustody,
    "version": PolicyVersion,
    "reviewer_invitation": ReviewerInvitation,
}


def _lenders(notice: Notice, row: Row) -> list[str]:
    """Return whose seats the recipient is asked to vote in; empty if they have their own."""
    if not isinstance(row, Stage) or notice.recipient is None or row.state != StageState.OPEN:
        return []
    panel, asked = VotingPanel(row, notice.event.at), notice.recipient
    if asked in panel.seats:
        return []
    return [str(seat) for seat in panel.free if panel.delegates.get(seat.pk) == asked]


def _moments(event: Event) -> dict[str, datetime | None]:
    return {
        "new_end": _new_end(event),
        "confirm_by": _moment(event, "confirm_by"),
        "end": _moment(event, "ends_at"),
        "withdrawn_at": _moment(event, "withdrawn_at"),
    }


def _delegation(event: Event) -> Delegation | None:
    rows = Delegation.objects.select_related("person", "delegate")
    return rows.get(pk=event.details["delegation"]) if "delegation" in event.details else None


LOSSES = ("grants", "keys", "shared", "requests")  # as a bulk revocation counts them


def _deadline(template: str, context: dict[str, Any]) -> datetime | None:
    """Return the moment that the email is about, which it shows in the reader's time zone."""
    rule = RULES_BY_TEMPLATE.get(template)
    name, _, column = (rule.deadline if rule else "").partition(".")
    row = context.get(name)
    return getattr(row, column, None) if column else row


def is_too_late(notice: Notice, context: dict[str, Any], now: datetime) -> bool:
    """Return whether the notice has become untrue or needless."""
    rule = RULES_BY_TEMPLATE.get(notice.template)
    return rule is not None and not rule.only_if(notice, context, now)


# Rows without a public id, by what their name begins with, and those with one, by its prefix.
NUMBERED: Mapping[str, QuerySet[Any]] = {
    "stage": Stage.objects.select_related(
        "step__reviewers",
        "step__version",
        "revision",
        "access_request__policy_version",
        "essay__series__ai_model",
    ),
    "promise": Promise.objects.select_related("ai_model", "provider"),
    "weights": WeightsCustody.objects.select_related("ai_model"),
    "essay": Essay.objects.select_related("series__ai_model"),
    "preference": Preference.objects.select_related("ai_model"),
}
WITH_PUBLIC_ID: Mapping[str, QuerySet[Any]] = {
    "grant": Grant.objects.all(),
    "inv": Invitation.objects.select_related("person"),
    "chg": Proposal.objects.select_related("ai_model", "proposed_by", "closed_by"),
    "key": Key.objects.select_related("grant"),
}


def _subject(event: Event) -> Row:
    name = event.subject
    if event.kind.startswith("reviewer_invitation."):
        related = ReviewerInvitation.objects.select_related("by", "group", "policy", "person")
        return related.get(public_id=name)
    if event.policy:  # its own name could look like one of the others
        number = name.removeprefix(f"{event.policy.slug}-v")
        return event.policy.versions.filter(number=number).first() if number != name else None
    table, _, number = name.partition("-")
    prefix, _, _rest = name.partition("_")
    row: Row = None
    if number and table in NUMBERED:
        row = NUMBERED[table].get(pk=number)
    elif prefix in WITH_PUBLIC_ID:
        row = WITH_PUBLIC_ID[prefix].get(public_id=name)
    return row


def _topic(row: Row, event: Event, revision: Revision | None) -> str:
    """Return the names of the models, or of the essay with its model."""
    if essay := _essay(row):
        return _("“%(title)s” by %(model)s") % {
            "title": essay.title,
            "model": essay.series.ai_model,
        }
    return ", ".join(str(ai_model) for ai_model in _ai_models(row, revision))


def _title(notice: Notice, revision: Revision | None, topic: str, *, is_appeal: bool) -> str:
    title = topic
    if revision and (revision.submitted_at or _is_requesters(notice)):
        title = titles.of_revision(revision)
    elif revision:  # a draft's purpose, whose first words may stand for a title, is private
        title = revision.title or topic
    return _("Appeal: %(title)s") % {"title": title} if is_appeal else title


def stage_title(row: Row, title: str) -> str:
    """Return the title; before it the step, where the policy has several to be told apart."""
    if not isinstance(row, Stage) or row.step.version.steps.count() == 1:
        return title
    return _("“%(step)s”, %(title)s") % {"step": row.step, "title": title}


def _is_requesters(notice: Notice) -> bool:
    access_request = notice.event.access_request
    return bool(access_request and access_request.requester_id == notice.recipient_id)


def _may_appeal(event: Event) -> bool:
    denied = event.access_request
    assert denied  # a request was denied
    return why_not("appeal", denied, denied.requester) is None


def _ai_models(row: Row, revision: Revision | None) -> list[AIModel]:
    """Return the granted models, or else the requested ones."""
    if isinstance(row, Grant | Key):
        grant = row if isinstance(row, Grant) else row.grant
        return [one.ai_model for one in grant.granted_models.select_related("ai_model")]
    return list(revision.ai_models.all()) if revision else []


def _revision_sent(event: Event) -> Revision | None:
    """Return the text that was under review at the time, or the draft before the first one."""
    if event.access_request is None:
        return None
    # A later revision may say something else than what this email is about.
    texts = event.access_request.revisions.filter(submitted_at__lte=event.at)
    text = texts.order_by("number").last() or event.access_request.revision
    prefetch_related_objects([text], "ai_models")
    return text


def _essay(row: Row) -> Essay | None:
    """Return the essay that the event, or its stage, is about."""
    if isinstance(row, Essay):
        return row
    return row.essay if isinstance(row, Stage) else None


def _stage_opened_by(event: Event) -> Stage | None:
    """Return the stage that the event opened, whatever its state now."""
    if event.access_request is None:
        return None
    return event.access_request.stages.select_related("step").filter(opened_at=event.at).first()


def _new_end(event: Event) -> datetime | None:
    """Return the end to which this event shortened a grant; later events may have changed it."""
    return _moment(event, "to") if event.kind == "grant.shortened" else None


def _moment(event: Event, name: str) -> datetime | None:
    """Return a time from the event's details."""
    value = event.details.get(name)
    return datetime.fromisoformat(value) if value else None


def _person(event: Event) -> User | None:
    """Return the collaborator whom the event names."""
    person = event.details.get("person")
    return User.objects.filter(pk=person).first() if person else None


def _people(event: Event) -> list[str]:
    """Return the current names of the people whom the event names."""
    rows = User.objects.filter(pk__in=event.details.get("people", ())).order_by("pk")
    return [str(person) for person in rows]


def _grant(row: Row, access_request: AccessRequest | None) -> Grant | None:
    if isinstance(row, Grant):
        return row
    if isinstance(row, Key):
        return row.grant
    return access_request.grants.first() if access_request else None
