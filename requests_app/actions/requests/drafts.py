"""Puts an ask into the rows of a draft."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from lifecycle.catalogue.models import AIModel
from requests_app.models import PolicyVersion, Revision
from requests_app.models.requests.attestation import CURRENT
from requests_app.validation import submission
from requests_app.validation.answers import kept
from requests_app.validation.completeness import accepted_version
from requests_app.validation.request_input import STORED_ALIKE, Ask


def write(
    ask: Ask,
    revision: Revision,
    ai_models: Sequence[AIModel],
    version: PolicyVersion,
    now: datetime,
) -> None:
    """Put the ask into a draft revision and reserve its models for the requester."""
    access_request = revision.access_request
    for name in STORED_ALIKE:
        setattr(revision, name, getattr(ask, name))
    revision.answers = kept(ask, version)
    revision.operations = list(dict.fromkeys(ask.operations))
    _sign(ask, revision, version, now)
    revision.save()
    revision.ai_models.set(ai_models)
    revision.collaborators.set(submission.people_in(ask))
    access_request.requested_models.exclude(ai_model__in=ai_models).delete()
    for ai_model in ai_models:
        access_request.requested_models.get_or_create(
            ai_model=ai_model, defaults={"requester": access_request.requester}
        )


def _sign(ask: Ask, revision: Revision, version: PolicyVersion, now: datetime) -> None:
    """What was signed in an earlier text, or in the one that is appealed, keeps its moment."""
    request = revision.access_request
    texts = Revision.objects.filter(
        Q(access_request=request) | Q(access_request=request.appeal_of_id)
    )
    earlier = texts.order_by("pk")
    attested = earlier.filter(attested=CURRENT).first() if ask.attests else None
    revision.attested = CURRENT if ask.attests else ""
    revision.attested_at = (attested.attested_at if attested else now) if ask.attests else None
    revision.accepted = accepted_version(ask, version)
    accepted = earlier.filter(accepted=revision.accepted).first() if revision.accepted else None
    agreed_at = accepted.accepted_at if accepted else now
    revision.accepted_at = agreed_at if revision.accepted else None
