"""What a request still needs before it can be submitted."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from lifecycle.text.normalization import is_readable
from requests_app.models import PolicyVersion, Track
from requests_app.states import VersionState
from requests_app.validation import answers
from requests_app.validation.request_input import RequestInput

MAX_VERSION_DIGITS = 4  # digits of a version number

MissingField = tuple[str, str]  # a field, and the sentence that asks for it


def missing(
    request_input: RequestInput, version: PolicyVersion, *, is_appeal: bool = False
) -> Iterator[MissingField]:
    """Yield missing fields; an appeal copies a request that may be older than some of them."""
    if not is_readable(request_input.purpose):
        yield (
            "purpose",
            _("Explain what you need the model for. Reviewers base their decision on this."),
        )
    if is_appeal:
        return
    if not is_readable(request_input.organisation) and request_input.track != Track.INDEPENDENT:
        yield "organisation", _("Enter your organisation, or choose “Independent”.")
    if not is_readable(request_input.team):
        yield "team", _("List who will work on this and what they do. If you work alone, say so.")
    yield from _missing_choices(request_input)
    yield from answers.missing(request_input, version)
    if not has_accepted(request_input, version):
        yield "accepted_terms", _("Read and accept the policy's terms.")
    if not request_input.attests:
        yield "attests", _("Confirm that you are authorised to request this.")


def _missing_choices(request_input: RequestInput) -> Iterator[MissingField]:
    if not request_input.track:
        yield "track", _("Choose your affiliation.")
    if not request_input.operations:
        yield "operations", _("Choose at least one type of call.")


def has_accepted(request_input: RequestInput, version: PolicyVersion) -> bool:
    """Return whether these terms were accepted, in this version or in one with the same text."""
    if not version.terms.strip():
        return True
    # A new version with the same terms doesn't have to be accepted again.
    accepted = accepted_version(request_input, version)
    return accepted is not None and accepted.terms == version.terms


def accepted_version(request_input: RequestInput, version: PolicyVersion) -> PolicyVersion | None:
    """Return the version whose terms the input accepts; None if unknown or of another policy."""
    slug, _slash, number = request_input.accepted_terms.rpartition("/")
    if slug != version.policy.slug or not number.isdecimal() or len(number) > MAX_VERSION_DIGITS:
        return None
    if int(number) == version.number:
        return version
    published = version.policy.versions.filter(state=VersionState.PUBLISHED)
    return published.filter(number=int(number)).first()
