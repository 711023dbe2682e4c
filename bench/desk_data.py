"""A review desk with hundreds of rows in each list, and pages that have gathered much."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from bench import data
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.actions.requests import files, requests
from requests_app.actions.requests.requests import RequestInput
from requests_app.actions.review import comments, votes
from requests_app.models import (
    AccessRequest,
    Event,
    Grant,
    GrantedModel,
    Key,
    Policy,
    RequestedModel,
    Revision,
    Stage,
    Usage,
)
from requests_app.models.review.question import Question
from requests_app.validation.policy_questions import MAX_QUESTIONS
from requests_app.validation.policy_version import MAX_STEPS

OPEN, GRANTED = 1_000_000, 2_000_000  # ids of copies; of people and what is open, and of grants
REVIEWERS, VOTES = 8, 6  # of the request with a long history
COMMENTS, FILES = 90, 3
PURPOSE = "Compare how the model refuses, before and after its retirement.\n" * 5


def begin() -> None:
    """The rows that are copied, and the pages that gather."""
    data.make()
    User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    opus = AIModel.objects.get()
    requests.save(_ask(opus, "opus/1"), by=data.person("carol"), submit=True)
    _board(opus)
    policies.draft(Policy.objects.get(slug="opus"), _text(2, 3), by=_named("pat"))


def _named(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def _ask(ai_model: AIModel, terms: str) -> RequestInput:
    today = timezone.now().date()
    return RequestInput(
        (ai_model.identifier,),
        PURPOSE,
        today,
        today + timedelta(days=30),
        organisation="Bench",
        team="One program.",
        attests=True,
        accepted_terms=terms,
    )


def _board(opus: AIModel) -> None:
    """A request that eight people decide, with files and a first vote."""
    board = Group.objects.create(name="Board")
    for number in range(REVIEWERS):
        board.user_set.add(data.person(f"board{number}", staff=True))
    sonnet = AIModel.objects.create(
        identifier="sonnet", provider=opus.provider, name="Claude Sonnet 3"
    )
    sonnet.access_routes.create(kind="request")
    day = timezone.now().date() - timedelta(days=30)
    sonnet.retirements.create(platform="Claude API", retires=day, precision="day")
    owners, pat = Group.objects.get(name="Owners"), _named("pat")
    policy = policies.create("board", by=pat, name="Board", owners=owners, ai_models=[sonnet])
    step = StepInput("Board", board, quorum=VOTES + 1)
    version = policies.draft(policy, VersionInput("Use it well.", [step]), by=pat)
    policies.publish(version, by=_named("lee"))
    dora = data.person("dora")
    draft = requests.save(_ask(sonnet, "board/1"), by=dora)
    for number in range(FILES):
        content = f"Plan {number}: compare refusals.\n".encode()
        upload = files.Upload(f"plan-{number}.txt", BytesIO(content), [content])
        files.attach(draft, upload, by=dora)
    requests.submit(draft, by=dora)


def _text(steps: int, questions: int) -> VersionInput:
    reviewers = Group.objects.get(name="Reviewers")
    return VersionInput(
        "Use it for research.",
        [StepInput(f"Step {number}", reviewers) for number in range(steps)],
        questions=[Question(f"q{number}", f"Question {number}?") for number in range(questions)],
    )


def fill(first: int, last: int, share: float) -> None:
    """Make the copies numbered from `first` to before `last`; `share` is of all that gathers."""
    series = f"generate_series({first}, {last - 1}) AS n"
    alice, carol = _named("alice"), _named("carol")
    _people(alice, series)
    _open_requests(AccessRequest.objects.get(requester=carol), series)
    _grants(Grant.objects.get(holder=alice), series)
    _institutions(first, last)
    _gather(share)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _people(template: User, series: str) -> None:
    changes = {
        "id": f"{OPEN} + n",
        "email": "'p' || n || '@example.org'",
        "full_name": "'Person ' || n",
    }
    data.clone(User, template.pk, changes, series)


def _open_requests(row: AccessRequest, series: str) -> None:
    own = {"id": f"{OPEN} + n", "access_request_id": f"{OPEN} + n"}
    _request(row, OPEN, "req_", series)
    data.clone(Stage, row.stages.get().pk, {**own, "revision_id": f"{OPEN} + n"}, series)


def _request(row: AccessRequest, base: int, prefix: str, series: str) -> None:
    """Copy a request with its text and events, for the person of the same number."""
    this = {"id": f"{base} + n"}
    own, whose = {"access_request_id": f"{base} + n"}, {"requester_id": f"{OPEN} + n"}
    public_id = {"public_id": f"'{prefix}' || lpad(n::text, 16, '0')"}
    data.clone(AccessRequest, row.pk, {**this, **public_id, **whose}, series)
    text = row.revisions.get()
    data.clone(Revision, text.pk, {**this, **own}, series)
    named = Revision.ai_models.through
    revision = {"revision_id": f"{base} + n"}
    data.clone(named, named.objects.get(revision=text).pk, {**this, **revision}, series)
    asked = row.requested_models.get()
    data.clone(RequestedModel, asked.pk, {**this, **own, **whose}, series)
    for place, event in enumerate(row.events.all()):
        data.clone(Event, event.pk, {**own, "id": f"{base} * 10 + n * 10 + {place}"}, series)


def _grants(grant: Grant, series: str) -> None:
    """Copy a grant with its request, key and use."""
    _request(grant.access_request, GRANTED, "old_", series)
    this, holder = {"id": f"{GRANTED} + n"}, {"holder_id": f"{OPEN} + n"}
    public_id = {"public_id": "'grant_' || lpad(n::text, 16, '0')"}
    request = {"access_request_id": f"{GRANTED} + n"}
    data.clone(Grant, grant.pk, {**this, **public_id, **request, **holder}, series)
    own = {**this, **holder, "grant_id": f"{GRANTED} + n"}
    data.clone(GrantedModel, grant.granted_models.get().pk, own, series)
    key = grant.keys.get()
    public = {"public_id": "'key_' || lpad(n::text, 16, '0')", "digest": "sha256(n::text::bytea)"}
    data.clone(Key, key.pk, {**own, **public}, series)
    used, _ = Usage.objects.get_or_create(
        key=key,
        ai_model=grant.granted_models.get().ai_model,
        day=timezone.now().date(),
        defaults={"requests": 90, "cost": 90_000},
    )
    data.clone(Usage, used.pk, {**this, "key_id": f"{GRANTED} + n"}, series)


def _institutions(first: int, last: int) -> None:
    Institution.objects.bulk_create(
        Institution(name=f"Institute {n}", comparable_name=f"institute {n}")
        for n in range(first, last)
    )


def _gather(share: float) -> None:
    """More votes and comments on one request, more steps and questions in one draft."""
    stage = Stage.objects.get(access_request__requester__email="dora@example.org")
    voted: Any = set(stage.votes.values_list("voter__email", flat=True))
    for number in range(round(VOTES * share)):
        who = _named(f"board{number}")
        if who.email not in voted:
            votes.approve(stage, by=who, reason="Sound plan.", shown=stage.revision.digest())
    request = stage.access_request
    for number in range(
        request.events.filter(kind="comment.written").count(), _of(COMMENTS, share)
    ):
        comments.comment(request, by=_named(f"board{number % REVIEWERS}"), text=f"Note {number}.")
    policy = Policy.objects.get(slug="opus")
    draft, pat = policy.versions.get(state="draft"), _named("pat")
    policies.edit(draft, _text(_of(MAX_STEPS, share), _of(MAX_QUESTIONS, share)), by=pat)


def _of(many: int, share: float) -> int:
    return round(many * share)
