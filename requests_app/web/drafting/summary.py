"""Everything that a text of a request says, part by part, as pages show it before and after."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries
from django_stubs_ext import StrOrPromise

from requests_app.models import AccessRequest, PolicyVersion, Revision
from requests_app.models.requests.attestation import WORDINGS
from requests_app.models.review.question import Kind, asked, from_stored
from requests_app.web.drafting import steps
from requests_app.web.drafting.forms import OPERATION_LABELS
from requests_app.web.drafting.steps import Part
from requests_app.wording import policies
from requests_app.wording.questions import shown


class Row(NamedTuple):
    """One answer; a text keeps its lines, a link can be followed."""

    name: str
    label: StrOrPromise
    lines: Sequence[StrOrPromise]
    address: str
    is_text: bool = False
    is_link: bool = False


class Section(NamedTuple):
    """The answers of one part."""

    part: Part
    rows: list[Row]


TEXTS = ("purpose", "team", "expected_use", "inputs", "safety")
LINKS = ("scholar", "orcid", "github")


def sections(
    access_request: AccessRequest, revision: Revision, version: PolicyVersion
) -> list[Section]:
    """`version` says what is asked besides. Wants models, people and files prefetched."""
    made = [Section(p, list(_rows(p, access_request, revision, version))) for p in steps.PARTS]
    return [section for section in made if section.rows]


def others(access_request: AccessRequest, revision: Revision) -> Iterator[Row]:
    """What was given besides what a request's page shows at its side, and besides the purpose."""
    for section in sections(access_request, revision, access_request.policy_version):
        if section.part.slug in ("about", "use", "safety", "questions", "terms"):
            yield from (row for row in section.rows if row.lines and row.name not in ASIDE)


ASIDE = ("track", "operations", "expected_cost", "starts_on", "ends_on")


def _rows(
    part: Part, access_request: AccessRequest, revision: Revision, version: PolicyVersion
) -> Iterator[Row]:
    page = steps.address_of(part, access_request)
    if part is steps.QUESTIONS:
        yield from _answers(page, revision, version)
        return
    if part.form is None:
        yield Row(part.slug, part.title, list(_said(part.slug, revision)), page)
        return
    for name, field in part.form.base_fields.items():
        said = list(_said(name, revision))
        address = f"{page}?back=check#id_{name}"
        label = LABELS.get(name, field.label or name)
        yield Row(name, label, said, address, name in TEXTS, name in LINKS and bool(said))


def _answers(page: str, revision: Revision, version: PolicyVersion) -> Iterator[Row]:
    questions = from_stored(version.questions)
    for question in asked(questions, revision.track, revision.answers):
        name = f"answers.{question.key}"
        answer = shown(question, revision.answers.get(question.key))
        address = f"{page}?back=check#id_{name}"
        is_text = question.kind == Kind.TEXT
        yield Row(name, question.label, [answer] if answer else [], address, is_text)


LABELS = {"accepted_terms": gettext_lazy("Terms"), "attests": gettext_lazy("You confirm")}


def _said(name: str, revision: Revision) -> Iterator[StrOrPromise]:
    """Line by line; nothing where nothing was given."""
    if name in SPECIAL:
        yield from SPECIAL[name](revision)
    elif value := getattr(revision, name):
        yield str(value)


def _models(revision: Revision) -> Iterator[str]:
    for model in revision.ai_models.all():
        yield f"{model} ({model.identifier})"


def _country(revision: Revision) -> Iterator[str]:
    if revision.country:
        yield countries.name(revision.country) or revision.country


def _people(revision: Revision) -> Iterator[str]:
    for person in sorted(revision.collaborators.all(), key=lambda person: person.email):
        yield f"{person} ({person.email})"


def _terms(revision: Revision) -> Iterator[str]:
    if revision.accepted and revision.accepted_at:
        yield _("Accepted on %(day)s, as in version %(number)d of the policy") % {
            "day": policies.day(revision.accepted_at),
            "number": revision.accepted.number,
        }


def _attested(revision: Revision) -> Iterator[StrOrPromise]:
    if revision.attested_at:
        yield WORDINGS.get(revision.attested, revision.attested)
        yield policies.day(revision.attested_at)


def _cost(revision: Revision) -> Iterator[str]:
    yield f"{number_format(revision.expected_cost, 0, force_grouping=True)} USD"


SPECIAL: dict[str, Any] = {
    "identifiers": _models,
    "operations": lambda revision: (OPERATION_LABELS[name] for name in revision.operations),
    "expected_cost": lambda revision: [
        f"{number_format(revision.expected_cost, 0, True, True)} USD"
    ],
    "starts_on": lambda revision: [f"{date_format(revision.starts_on)} (UTC)"],
    "ends_on": lambda revision: [f"{date_format(revision.ends_on)} (UTC)"],
    "track": lambda revision: [revision.get_track_display()],
    "country": _country,
    "people": _people,
    "files": lambda revision: [file.name for file in revision.files.all()],
    "accepted_terms": _terms,
    "attests": _attested,
}
