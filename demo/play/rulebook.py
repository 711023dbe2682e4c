"""The policies of the play: three steps for Opus 3, one step and questions for smaller models."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from demo.people import POLICY, REVIEWERS, TERMS
from demo.play.acts import HAIKU, OPUS, OPUS_4_1, SONNET, group, person
from demo.play.conductor import Story
from lifecycle.catalogue import provenance
from lifecycle.catalogue.models import AccessRoute, AIModel
from requests_app.actions import policies
from requests_app.models import Policy
from requests_app.models.review.question import Question, QuestionKind
from requests_app.validation.policy_version import version_input_of

SMALL = "smaller-models"
PRICES = {OPUS: (15, 75), SONNET: (3, 15), HAIKU: (Decimal("0.25"), Decimal("1.25"))}
SAFETY, LEADS, SMALL_TEAM, ON_CALL = "Safety reviewers", "Leads", "Smaller models", "On call"
QUESTIONS = (
    Question(
        "method",
        "How will you tell whether an answer is good?",
        hint="Who rates the answers, by which rules, and who checks the raters.",
        required=True,
        words=100,
    ),
    Question(
        "setting",
        "Where will the calls be made from?",
        QuestionKind.CHOICE,
        required=True,
        choices=("On our own machines", "In a cloud that we rent", "By a company for us"),
    ),
    Question("prompts", "How many prompts will you send?", QuestionKind.NUMBER, required=True),
    Question("published_on", "When will you publish, at the latest?", QuestionKind.DATE),
    Question(
        "people", "Will people other than you read the answers?", QuestionKind.SWITCH, required=True
    ),
    Question(
        "ethics",
        "Who has approved that?",
        hint="The board, and the number of its approval.",
        required=True,
        only_if="people",
        only_is="yes",
    ),
)


def rulebook() -> Story:
    yield 208
    _three_steps()
    yield 207
    _one_step()
    _prices()
    yield 100
    _take_in(POLICY, OPUS_4_1)
    yield 4
    _draft()


def _three_steps() -> None:
    """The demo's policy, in a second version."""
    policy = Policy.objects.get(slug=POLICY)
    named = {"Research review": REVIEWERS, "Safety review": SAFETY, "Lead": LEADS}
    steps = [policies.StepInput(step, group(name)) for step, name in named.items()]
    text = policies.VersionInput(
        TERMS, steps, requests_per_minute=60, tokens_per_day=400_000, spend_cap=400
    )
    policies.publish(policies.draft(policy, text, by=person("pat")), by=person("lee"))
    policies.assign(
        policy, [m for m in policy.ai_models.all() if not _is_small(m)], by=person("pat")
    )


def _is_small(ai_model: AIModel) -> bool:
    return ai_model.identifier in (SONNET, HAIKU)


def _one_step() -> None:
    ai_models = AIModel.objects.filter(identifier__in=(SONNET, HAIKU))
    policy = policies.create(
        SMALL,
        by=person("pat"),
        name="Smaller models",
        owners=group("Policy owners"),
        ai_models=list(ai_models),
    )
    step = policies.StepInput(
        "Review", group(SMALL_TEAM), window=timedelta(days=10), alternates=group(ON_CALL)
    )
    text = policies.VersionInput(
        TERMS, [step], max_duration=timedelta(days=365), questions=QUESTIONS, requests_per_minute=60
    )
    policies.publish(policies.draft(policy, text, by=person("pat")), by=person("lee"))


def _prices() -> None:
    """Made up, as are the answers of the demo's models; set by a person, so that no file does."""
    for identifier, (sent, answered) in PRICES.items():
        ai_model = AIModel.objects.get(identifier=identifier)
        before = provenance.written(provenance.value_of(ai_model, "access_routes"))
        ai_model.access_routes.filter(kind=AccessRoute.Kind.REQUEST).update(
            input_price=sent, output_price=answered, priced_on=timezone.now().date()
        )
        provenance.note_edit(ai_model, "access_routes", before)
        ai_model.save(update_fields=["set_by_people"])


def _take_in(slug: str, identifier: str) -> None:
    policy = Policy.objects.get(slug=slug)
    more = AIModel.objects.get(identifier=identifier)
    policies.assign(policy, [*policy.ai_models.all(), more], by=person("pat"))


def _draft() -> None:
    """The next version for Opus 3; Pat wrote it, so Lee may publish it."""
    draft = policies.start(Policy.objects.get(slug=POLICY), by=person("pat"))
    text = version_input_of(draft)
    research, *others = text.steps
    changed = [replace(research, name="First reading", window=timedelta(days=5)), *others]
    text = replace(
        text,
        terms=TERMS.replace("the key", "your key"),
        steps=changed,
        max_duration=timedelta(days=120),
        requests_per_day=5_000,
    )
    policies.edit(draft, text, by=person("pat"))
