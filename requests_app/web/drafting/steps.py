"""The parts of an ask: which pages there are, in which order, and how far each of them is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from requests_app.models import AccessRequest
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
from requests_app.web.fields import Refusable

NOT_STARTED, TO_DO, DONE = "waiting", "returned", "passed"
STATUSES = {NOT_STARTED: _("Not started"), TO_DO: _("To do"), DONE: _("Done")}


class Part(NamedTuple):
    """One page. `telling` are the fields by which one sees that somebody has been there."""

    slug: str
    title: StrOrPromise
    form: type[Refusable] | None
    telling: Sequence[str]
    is_optional: bool = False

    @property
    def says(self) -> Sequence[str]:
        """What of an ask its form says."""
        return ("answers",) if self.form is QuestionsForm else self.fields

    @property
    def fields(self) -> Sequence[str]:
        return tuple(self.form.base_fields) if self.form else ()


PEOPLE = Part("people", _("Collaborators"), None, ("collaborators",), is_optional=True)
FILES = Part("files", _("Files"), None, ("files",), is_optional=True)
QUESTIONS = Part("questions", _("Questions of the policy"), QuestionsForm, ("answers",))
PARTS = (
    Part("models", _("Models"), ModelsForm, ("identifiers",)),
    Part("about", _("About you"), AboutForm, ("organisation", "team", "scholar", "github")),
    Part("purpose", _("Purpose"), PurposeForm, ("purpose",)),
    Part("use", _("Use and time"), UseForm, ("expected_use", "expected_cost"), is_optional=True),
    Part("safety", _("Data and safety"), SafetyForm, ("inputs", "safety"), is_optional=True),
    PEOPLE,
    FILES,
    QUESTIONS,
    Part("terms", _("Terms"), TermsForm, ("accepted_terms", "attests")),
)


class Line(NamedTuple):
    """A part as the list shows it."""

    part: Part
    address: str
    slug: str  # of its status, for the colour
    problems: Sequence[str]

    @property
    def more(self) -> int:
        """How many problems there are besides the first."""
        return max(len(self.problems) - 1, 0)

    @property
    def status(self) -> StrOrPromise:
        return STATUSES[self.slug]


def named(slug: str) -> Part | None:
    return next((part for part in PARTS if part.slug == slug), None)


def parts_of(access_request: AccessRequest) -> list[Part]:
    """Without questions where the policy has none."""
    has_questions = bool(version_to_accept(access_request).questions)
    return [part for part in PARTS if has_questions or part is not QUESTIONS]


def after(part: Part, access_request: AccessRequest) -> str:
    """Where saving leads: to the next page, and from the last one to where all is checked."""
    its = parts_of(access_request)
    place = its.index(part) + 1
    if place == len(its):
        return reverse("request_check", args=[access_request.public_id])
    return address_of(its[place], access_request)


def after_people(access_request: AccessRequest) -> str:
    return after(PEOPLE, access_request)


def after_files(access_request: AccessRequest) -> str:
    return after(FILES, access_request)


def address_of(part: Part, access_request: AccessRequest) -> str:
    if part.form is None:  # a page that somebody else answers
        return reverse(f"request_{part.slug}", args=[access_request.public_id])
    return reverse("request_part", args=[access_request.public_id, part.slug])


def lines(
    access_request: AccessRequest, said: Mapping[str, Any], problems: Mapping[str, str]
) -> list[Line]:
    """`said` is the ask by its fields, and what the pages without a form keep."""
    its = parts_of(access_request)
    return [_line(part, access_request, said, problems) for part in its]


def _line(
    part: Part, access_request: AccessRequest, said: Mapping[str, Any], problems: Mapping[str, str]
) -> Line:
    its = [sentence for name, sentence in problems.items() if part is place_of(name)]
    is_begun = any(said.get(name) for name in part.telling)
    status = (TO_DO if its else DONE) if is_begun else NOT_STARTED
    return Line(part, address_of(part, access_request), status, its)


def place_of(name: str) -> Part | None:
    """The part that has a field of this name."""
    if name.startswith("answers."):
        return QUESTIONS
    return next((part for part in PARTS if name in part.fields), None)


class Found(NamedTuple):
    """Something to put right, and where."""

    sentence: str
    address: str


def found(access_request: AccessRequest, problems: Mapping[str, str]) -> list[Found]:
    """Each problem with a link to its field."""
    return [Found(said, _place(access_request, name)) for name, said in problems.items()]


def _place(access_request: AccessRequest, name: str) -> str:
    part = place_of(name)
    if part is None:
        return ""
    return f"{address_of(part, access_request)}?back=check#id_{name}"
