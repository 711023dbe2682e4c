"""Everything that a revision says, section by section, as pages show it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries
from django_stubs_ext import StrOrPromise

from requests_app.models import AccessRequest, PolicyVersion, Revision
from requests_app.models.requests.attestation import ATTESTATION_TEXTS
from requests_app.models.review.question import QuestionKind, applicable_questions, from_stored
from requests_app.web.catalogue.availability import version_to_accept
from requests_app.web.drafting import steps
from requests_app.web.drafting.forms import OPERATION_LABELS
from requests_app.web.drafting.steps import DraftStep
from requests_app.wording import moments
from requests_app.wording.questions import shown


class SummaryRow(NamedTuple):
    """One answer; a text keeps its lines, and a link can be followed."""

    name: str
    label: StrOrPromise
    lines: Sequence[StrOrPromise]
    address: str
    is_text: bool = False
    is_link: bool = False


class SummarySection(NamedTuple):
    """The answers of one page."""

    part: DraftStep
    rows: list[SummaryRow]


PROSE_FIELDS = ("purpose", "team", "expected_use", "inputs", "safety")
LINK_FIELDS = ("scholar", "orcid", "github")


def sections(
    access_request: AccessRequest, revision: Revision, version: PolicyVersion
) -> list[SummarySection]:
    """Return all sections; `version` adds its questions. Needs models, people, files prefetched."""
    made = [
        SummarySection(p, list(_rows(p, access_request, revision, version)))
        for p in steps.DRAFT_STEPS
    ]
    return [section for section in made if section.rows]


def rows_of(part: DraftStep, access_request: AccessRequest) -> list[SummaryRow]:
    """Return the answers of one page as they were last saved."""
    version = version_to_accept(access_request)
    return list(_rows(part, access_request, access_request.revision, version))


def additional_answers(access_request: AccessRequest, revision: Revision) -> Iterator[SummaryRow]:
    """Return answers that the request's page doesn't show elsewhere."""
    for section in sections(access_request, revision, access_request.policy_version):
        if section.part.slug in ("about", "use", "safety", "questions", "terms"):
            yield from (row for row in section.rows if row.lines and row.name not in SIDEBAR_FIELDS)


SIDEBAR_FIELDS = ("track", "operations", "expected_cost", "starts_on", "ends_on")


def _rows(
    part: DraftStep, access_request: AccessRequest, revision: Revision, version: PolicyVersion
) -> Iterator[SummaryRow]:
    page = steps.address_of(part, access_request)
    if part is steps.QUESTIONS:
        yield from _answers(page, revision, version)
        return
    if part.form is None:
        yield SummaryRow(part.slug, part.title, list(_value_lines(part.slug, revision)), page)
        return
    for name, field in part.form.base_fields.items():
        value_lines = list(_value_lines(name, revision))
        address = f"{page}?back=check#id_{name}"
        label = LABELS.get(name, field.label or name)
        yield SummaryRow(
            name,
            label,
            value_lines,
            address,
            name in PROSE_FIELDS,
            name in LINK_FIELDS and bool(value_lines),
        )


def _answers(page: str, revision: Revision, version: PolicyVersion) -> Iterator[SummaryRow]:
    questions = from_stored(version.questions)
    for question in applicable_questions(questions, revision.track, revision.answers):
        name = f"answers.{question.key}"
        answer = shown(question, revision.answers.get(question.key))
        address = f"{page}?back=check#id_{name}"
        is_text = question.kind == QuestionKind.TEXT
        yield SummaryRow(name, question.label, [answer] if answer else [], address, is_text)


LABELS = {"accepted_terms": gettext_lazy("Terms"), "attests": gettext_lazy("You confirm")}


def _value_lines(name: str, revision: Revision) -> Iterator[StrOrPromise]:
    """Return the lines of an answer; empty without one."""
    if name in FORMATTERS:
        yield from FORMATTERS[name](revision)
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
        yield _("Accepted on %(day)s (version %(number)d of the policy)") % {
            "day": moments.day(revision.accepted_at),
            "number": revision.accepted.number,
        }


def _attested(revision: Revision) -> Iterator[StrOrPromise]:
    if revision.attested_at:
        yield ATTESTATION_TEXTS.get(revision.attested, revision.attested)
        yield moments.day(revision.attested_at)


def _cost(revision: Revision) -> Iterator[str]:
    """A new draft has 0; it is an answer once its page was saved, which needs an operation."""
    if revision.expected_cost or revision.operations:
        yield f"{number_format(revision.expected_cost, 0, force_grouping=True)} USD"


FORMATTERS: dict[str, Any] = {
    "identifiers": _models,
    "operations": lambda revision: (OPERATION_LABELS[name] for name in revision.operations),
    "expected_cost": _cost,
    "starts_on": lambda revision: [f"{date_format(revision.starts_on)} (UTC)"],
    "ends_on": lambda revision: [f"{date_format(revision.ends_on)} (UTC)"],
    "track": lambda revision: [revision.get_track_display()],
    "country": _country,
    "people": _people,
    "files": lambda revision: [file.name for file in revision.files.all()],
    "accepted_terms": _terms,
    "attests": _attested,
}
