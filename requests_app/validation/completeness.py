"""What a request still lacks before it can be sent. A draft may lack all of it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from lifecycle.text.normalization import is_readable
from requests_app.models import PolicyVersion, Track
from requests_app.states import VersionState
from requests_app.validation import answers
from requests_app.validation.request_input import RequestInput

MAX_VERSION_DIGITS = 4  # digits of a version's

MissingField = tuple[str, str]  # a field, and what to do about it


def missing(
    request_input: RequestInput, version: PolicyVersion, *, is_appeal: bool = False
) -> Iterator[MissingField]:
    """An appeal says what the denied request said, which may be older than these fields."""
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
    yield from answers.missing(request_input, version)
    if not has_accepted(request_input, version):
        yield "accepted_terms", _("Read and accept the policy's terms.")
    if not request_input.attests:
        yield "attests", _("Confirm that you are authorised to request this.")


def has_accepted(request_input: RequestInput, version: PolicyVersion) -> bool:
    """The terms of this version, or the same words in another one of its policy."""
    if not version.terms.strip():
        return True
    accepted = accepted_version(request_input, version)
    return accepted is not None and accepted.terms == version.terms


def accepted_version(request_input: RequestInput, version: PolicyVersion) -> PolicyVersion | None:
    """The one whose terms the ask accepts; none for another policy's, or one never in force."""
    slug, _slash, number = request_input.accepted_terms.rpartition("/")
    if slug != version.policy.slug or not number.isdecimal() or len(number) > MAX_VERSION_DIGITS:
        return None
    if int(number) == version.number:
        return version
    published = version.policy.versions.filter(state=VersionState.PUBLISHED)
    return published.filter(number=int(number)).first()
