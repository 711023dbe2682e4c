"""Write the draft text of a request, in its newest revision or a copy of a submitted one."""

from collections.abc import Sequence
from datetime import datetime

from lifecycle.catalogue.models import AIModel
from requests_app.models import AccessRequest, PolicyVersion, RequestedModel, Revision
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
    is_new = revision.pk is None
    for name in SHARED_FIELDS:
        setattr(revision, name, getattr(request_input, name))
    revision.answers = applicable_answers(request_input, version)
    revision.operations = list(dict.fromkeys(request_input.operations))
    _sign(request_input, revision, version, now)
    revision.save()
    people = submission.people_in(request_input)
    if is_new:
        # There is nothing yet to compare them with.
        revision.ai_models.add(*ai_models)
        revision.collaborators.add(*people)
    else:
        revision.ai_models.set(ai_models)
        revision.collaborators.set(people)
    _reserve(ai_models, revision.access_request, is_new=is_new)


def _reserve(ai_models: Sequence[AIModel], access_request: AccessRequest, *, is_new: bool) -> None:
    """Reserve these models for the requester, and release the request's others."""
    reserved = access_request.requested_models
    there = set() if is_new else set(reserved.values_list("ai_model", flat=True))
    if there.difference(ai_model.pk for ai_model in ai_models):
        reserved.exclude(ai_model__in=ai_models).delete()
    RequestedModel.objects.bulk_create(
        RequestedModel(
            access_request=access_request, ai_model=ai_model, requester=access_request.requester
        )
        for ai_model in ai_models
        if ai_model.pk not in there
    )


def _sign(
    request_input: RequestInput, revision: Revision, version: PolicyVersion, now: datetime
) -> None:
    """Set what the requester signs; an unchanged statement keeps its first date.

    That date may come from an earlier revision or from the request being appealed.
    """
    request = revision.access_request
    requests = {request.appeal_of_id, request.pk if revision.pk else None} - {None}
    texts = Revision.objects.filter(access_request__in=requests)
    earlier = texts.only("attested", "attested_at", "accepted", "accepted_at").order_by("pk")
    revision.attested, revision.attested_at = "", None
    if request_input.attests:
        dates = (text.attested_at for text in earlier if text.attested == CURRENT_ATTESTATION)
        revision.attested, revision.attested_at = CURRENT_ATTESTATION, next(dates, now)
    revision.accepted, revision.accepted_at = accepted_version(request_input, version), None
    if revision.accepted:
        dates = (text.accepted_at for text in earlier if text.accepted_id == revision.accepted_id)
        revision.accepted_at = next(dates, now)


def editable_revision(access_request: AccessRequest) -> Revision:
    """Return the draft revision of a locked request, copied from the last if that was submitted."""
    revision = access_request.revision
    revision.access_request = access_request
    return editable(revision)


def editable(newest: Revision) -> Revision:
    """Return the newest revision of a locked request, or a copy of it if it was submitted."""
    return newest if newest.submitted_at is None else _copied(newest)


def _copied(sent: Revision) -> Revision:
    """Copy a submitted revision with everything that belongs to it."""
    columns = {
        # By the model's fields, so that a field added later is copied too.
        field.attname: getattr(sent, field.attname)
        for field in Revision._meta.concrete_fields
        if not field.primary_key
    }
    copy = Revision(**{**columns, "number": sent.number + 1, "submitted_at": None, "note": ""})
    copy.access_request = sent.access_request
    copy.save()
    for field in Revision._meta.many_to_many:
        getattr(copy, field.name).set(getattr(sent, field.name).all())
    copy.files.set(sent.files.all())
    return copy
