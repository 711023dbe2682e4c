"""One request in every standing, as those show that the README has pictures of."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from django.utils import timezone

from demo.people import POLICY
from demo.play.acts import approve, ask, complete, person, vote
from demo.play.conductor import Story
from requests_app.actions.keys import keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.actions.review import comments, saved_reasons, votes
from requests_app.models import AccessRequest, DenialReason, KeyActivity, Policy, Usage

Rows = dict[str, AccessRequest]
QUESTION = "Which of the prompts name real people, and how do you keep the answers?"
DENIAL = "A newer model can answer this; see the replacement that the provider names."


def alice(rows: Rows) -> Story:
    yield 3
    rows["in-review"] = ask("alice")
    yield 1
    vote(rows["in-review"], "rita")
    talk(rows["in-review"])
    keep_reasons()


def talk(row: AccessRequest) -> None:
    """Reviewers among themselves, and one word to the requester."""
    comment = partial(comments.comment, row)
    comment(by=person("rita"), text="Medical advice: Sam, is one reader of the answers enough?")
    comment(by=person("sam"), text="Two read them, see Safety. I'd still want the prompts first.")
    text = "Please keep the list of prompts at hand; the next step may ask for it."
    comment(by=person("rita"), text=text, shown_to_requester=True)


def keep_reasons() -> None:
    """Sam's own, and one that the policy's owners share."""
    policy = Policy.objects.get(slug=POLICY)
    add = saved_reasons.add
    add(by=person("sam"), name="Sound", text="A clear question, and the answers are read first.")
    add(by=person("sam"), name="Which prompts?", text="Please attach the list of your prompts.")
    text = "A model that is still available answers this; see the replacements on the model's page."
    add(by=person("pat"), name="Another model will do", text=text, policy=policy)


def jonas(rows: Rows) -> Story:
    yield 2
    draft = replace(complete("jonas", starts_in=7), team="", expected_use="", attests=False)
    rows["draft"] = requests.save(draft, by=person("jonas"))


def mei(rows: Rows) -> Story:
    yield 6
    rows["returned"] = ask("mei")
    yield 5
    vote(rows["returned"], "rita", votes.ask_for_changes, QUESTION)


def tomas(rows: Rows) -> Story:
    yield 9
    rows["denied"] = ask("tomas")
    yield 7
    vote(rows["denied"], "rita", votes.deny, DENIAL, denial=DenialReason.ALTERNATIVE)


def ines(rows: Rows) -> Story:
    yield 1.4
    rows["new"] = ask("ines")


def noor(rows: Rows) -> Story:
    yield 37
    rows["approved"] = ask("noor")
    yield 33
    grant = approve(rows["approved"], "rita", "sam", "admin")
    yield 31
    claimed = keys.claim(grant, by=person("noor"))
    yield 0
    use(claimed, days=30)


def use(claimed: ClaimedKey, *, days: int) -> None:
    """Up to today, as a gateway would have reported."""
    key, now = claimed.key, timezone.now()
    for ago in range(days):
        day = (now - timedelta(days=ago)).date()
        calls = 12 if day.weekday() > 4 else 120 + 37 * (day.toordinal() % 5)
        Usage.objects.create(
            key=key,
            ai_model=key.grant.granted_models.get().ai_model,
            day=day,
            requests=calls,
            input_tokens=900 * calls,
            output_tokens=350 * calls,
            cost=40_000 * calls,
        )
    KeyActivity.objects.update_or_create(key=key, defaults={"last_used_at": now})
