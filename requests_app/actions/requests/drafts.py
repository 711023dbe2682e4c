"""Write the draft text of a request, in its newest revision or a copy of a submitted one."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from lifecycle.catalogue.models import AIModel
from requests_app.models import AccessRequest, PolicyVersion, Revision
from requests_app.models.requests.attestation import CURRENT_ATTESTATION
from requests_app.validation import submission
from requests_app.validation.answers import applicable_answers
from requests_app.validation.completeness import accepted_version
from requests_app.validation.request_input import SHARED_FIELDS, RequestInput


def write_draft(
    request_input: RequestInput,
    revision: Revision,
    ai_models: Sequence[AIModel],
    version: PolicyVersion,
    now: datetime,
) -> None:
    """Write the input into a draft revision and reserve its models for the requester."""
    access_request = revision.access_request
    for name in SHARED_FIELDS:
        setattr(revision, name, getattr(request_input, name))
    revision.answers = applicable_answers(request_input, version)
    revision.operations = list(dict.fromkeys(request_input.operations))
    _sign(request_input, revision, version, now)
    revision.save()
    revision.ai_models.set(ai_models)
    revision.collaborators.set(submission.people_in(request_input))
    access_request.requested_models.exclude(ai_model__in=ai_models).delete()
    for ai_model in ai_models:
        access_request.requested_models.get_or_create(
            ai_model=ai_model, defaults={"requester": access_request.requester}
        )


def _sign(
    request_input: RequestInput, revision: Revision, version: PolicyVersion, now: datetime
) -> None:
    """Set what the requester signs; an unchanged statement keeps its first date.

    That date may come from an earlier revision or from the request being appealed.
    """
    request = revision.access_request
    texts = Revision.objects.filter(
        Q(access_request=request) | Q(access_request=request.appeal_of_id)
    )
    earlier = texts.order_by("pk")
    attested = (
        earlier.filter(attested=CURRENT_ATTESTATION).first() if request_input.attests else None
    )
    revision.attested = CURRENT_ATTESTATION if request_input.attests else ""
    revision.attested_at = (
        (attested.attested_at if attested else now) if request_input.attests else None
    )
    revision.accepted = accepted_version(request_input, version)
    accepted = earlier.filter(accepted=revision.accepted).first() if revision.accepted else None
    agreed_at = accepted.accepted_at if accepted else now
    revision.accepted_at = agreed_at if revision.accepted else None


def editable_revision(access_request: AccessRequest) -> Revision:
    """Return the draft revision of a locked request, copied from the last if that was submitted."""
    revision = access_request.revision
    revision.access_request = access_request
    return revision if revision.submitted_at is None else _copied(revision)


def _copied(sent: Revision) -> Revision:
    """Copy a submitted revision with everything that belongs to it."""
    columns = {
        # By the model's fields, so that a field added later is copied too.
        field.attname: getattr(sent, field.attname)
        for field in Revision._meta.concrete_fields
        if not field.primary_key
    }
    copy = Revision(**{**columns, "number": sent.number + 1, "submitted_at": None})
    copy.access_request = sent.access_request
    copy.save()
    for field in Revision._meta.many_to_many:
        getattr(copy, field.name).set(getattr(sent, field.name).all())
    copy.files.set(sent.files.all())
    return copy
