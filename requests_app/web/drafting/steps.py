"""The pages of a draft: which there are, in which order, and how complete each is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from requests_app.models import AccessRequest, Invitation, PolicyVersion
from requests_app.rules import roles
from requests_app.states import InvitationState
from requests_app.web.catalogue.availability import version_to_accept
from requests_app.web.drafting.forms import (
    AboutForm,
    ModelsForm,
    PurposeForm,
    SafetyForm,
    TermsForm,
    UseForm,
)
from requests_app.web.drafting.question_form import QuestionsForm
from requests_app.web.fields import RefusableForm


class StepStatus(TextChoices):
    """How complete a page is; the stylesheet has a colour for each value."""

    NOT_STARTED = "not-started", _("Not started")
    TO_DO = "to-do", _("To do")
    DONE = "done", _("Done")


class DraftStep(NamedTuple):
    """One page; `visited_fields` are those whose values show that it was filled in."""

    slug: str
    title: StrOrPromise
    form: type[RefusableForm] | None
    visited_fields: Sequence[str]
    is_optional: bool = False

    @property
    def input_fields(self) -> Sequence[str]:
        """The fields of the input on this page."""
        return ("answers",) if self.form is QuestionsForm else self.fields

    @property
    def fields(self) -> Sequence[str]:
        return tuple(self.form.base_fields) if self.form else ()


PEOPLE = DraftStep("people", _("Collaborators"), None, ("collaborators",), is_optional=True)
FILES = DraftStep("files", _("Files"), None, ("files",), is_optional=True)
ABOUT = DraftStep(
    "about", _("About you"), AboutForm, ("track", "organisation", "team", "scholar", "github")
)
USE = DraftStep("use", _("Use and time"), UseForm, ("operations", "expected_use", "expected_cost"))
QUESTIONS = DraftStep("questions", _("Policy questions"), QuestionsForm, ("answers",))
DRAFT_STEPS = (
    DraftStep("models", _("Models"), ModelsForm, ("identifiers",)),
    ABOUT,
    DraftStep("purpose", _("Purpose"), PurposeForm, ("purpose",)),
    USE,
    DraftStep("safety", _("Data and safety"), SafetyForm, ("inputs", "safety"), is_optional=True),
    PEOPLE,
    FILES,
    QUESTIONS,
    DraftStep("terms", _("Terms"), TermsForm, ("accepted_terms", "attests")),
)


# What collaborators may edit if the requester lets them.
CO_WRITTEN = tuple(
    part for part in DRAFT_STEPS if part.form and roles.CO_WRITTEN.issuperset(part.input_fields)
)


class DraftStepRow(NamedTuple):
    """A page as an entry of the list."""

    part: DraftStep
    address: str
    status: StepStatus
    problems: Sequence[str]

    @property
    def more(self) -> int:
        """The number of problems after the first."""
        return max(len(self.problems) - 1, 0)


def step_by_slug(slug: str) -> DraftStep | None:
    return next((part for part in DRAFT_STEPS if part.slug == slug), None)


def steps_of(version: PolicyVersion) -> list[DraftStep]:
    """Return the pages; the one with questions only if the policy has any."""
    has_questions = bool(version.questions)
    return [part for part in DRAFT_STEPS if has_questions or part is not QUESTIONS]


def to_co_write(invitation: Invitation) -> list[tuple[DraftStep, str]]:
    """Return the pages that somebody who joined may edit now, each with its URL."""
    access_request = invitation.access_request
    is_writer = invitation.state == InvitationState.ACCEPTED and invitation.may_edit
    if not is_writer or not access_request.is_written:
        return []
    its = steps_of(version_to_accept(access_request))
    return [(part, address_of(part, access_request)) for part in CO_WRITTEN if part in its]


def address_after(part: DraftStep, access_request: AccessRequest) -> str:
    """Return the URL after saving: the next page, or the final check after the last one."""
    its = steps_of(version_to_accept(access_request))
    place = its.index(part) + 1
    if place == len(its):
        return reverse("request_check", args=[access_request.public_id])
    return address_of(its[place], access_request)


def address_after_people(access_request: AccessRequest) -> str:
    return address_after(PEOPLE, access_request)


def address_after_files(access_request: AccessRequest) -> str:
    return address_after(FILES, access_request)


def address_of(part: DraftStep, access_request: AccessRequest) -> str:
    if part.form is None:  # a page that somebody else answers
        return reverse(f"request_{part.slug}", args=[access_request.public_id])
    return reverse("request_step", args=[access_request.public_id, part.slug])


def step_rows(
    access_request: AccessRequest,
    version: PolicyVersion,
    values: Mapping[str, Any],
    problems: Mapping[str, str],
) -> list[DraftStepRow]:
    """Return the list entries; `values` are those of the input and of pages without a form."""
    its = steps_of(version)
    return [_step_row(part, access_request, values, problems) for part in its]


def _step_row(
    part: DraftStep,
    access_request: AccessRequest,
    values: Mapping[str, Any],
    problems: Mapping[str, str],
) -> DraftStepRow:
    its = [sentence for name, sentence in problems.items() if part is step_of_field(name)]
    is_begun = any(values.get(name) for name in part.visited_fields)
    filled_in = StepStatus.TO_DO if its else StepStatus.DONE
    status = filled_in if is_begun else StepStatus.NOT_STARTED
    return DraftStepRow(part, address_of(part, access_request), status, its)


def step_of_field(name: str) -> DraftStep | None:
    """Return the page with the field of this name."""
    if name.startswith("answers."):
        return QUESTIONS
    return next((part for part in DRAFT_STEPS if name in part.fields), None)


class ProblemLink(NamedTuple):
    """A problem and the URL of its field."""

    sentence: str
    address: str


def problem_links(access_request: AccessRequest, problems: Mapping[str, str]) -> list[ProblemLink]:
    """Return a link to the field of each problem."""
    return [
        ProblemLink(values, _field_address(access_request, name))
        for name, values in problems.items()
    ]


def _field_address(access_request: AccessRequest, name: str) -> str:
    if name == "note":  # on the page with the problem
        return "#id_note"
    part = step_of_field(name)
    if part is None:
        return ""
    return f"{address_of(part, access_request)}?back=check#id_{name}"
