"""Why a draft can't be submitted now, field by field."""

from collections.abc import Mapping
from datetime import datetime

from lifecycle.people.models import User
from requests_app.models import Revision
from requests_app.refusals import Invalid, Refusal
from requests_app.validation import completeness, extensions, submission
from requests_app.validation.request_input import input_of


def why_not_send(revision: Revision, *, by: User, now: datetime) -> Mapping[str, str]:
    """Return a sentence for each missing or invalid field; "" is the whole."""
    access_request, request_input = revision.access_request, input_of(revision)
    continued = access_request.continues
    version, errors = access_request.policy_version, {}
    try:
        ai_models, version = submission.check_text(
            request_input, by=by, now=now, stored=revision, sending=True, continues=continued
        )
        if continued:
            was_sent = bool(access_request.submitted_at or access_request.appeal_of_id)
            extensions.check_extension_input(
                ai_models, continued, by=by, now=now, was_sent=was_sent
            )
    except Invalid as refusal:
        errors = refusal.errors
    except Refusal as refusal:
        errors = {"": refusal.sentence}
    is_appeal = access_request.appeal_of_id is not None
    return dict(completeness.missing(request_input, version, is_appeal=is_appeal)) | errors
