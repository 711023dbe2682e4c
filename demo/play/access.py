"""Access in every standing: waiting, running, needs confirming, suspended, revoked, extended."""

import contextlib
from datetime import timedelta

from django.test import override_settings
from django.utils import timezone

from demo.play.acts import HAIKU, OPUS_4_1, SONNET, approve, ask, complete, person, vote
from demo.play.conductor import Story
from demo.play.histories import accept
from demo.play.rulebook import SMALL
from demo.play.standing import Rows, use
from lifecycle.catalogue.models import AIModel
from lifecycle.config.issuers import IssuerSettings
from requests_app.actions.grants import (
    capacities,
    collaborators,
    grants,
    model_withdrawal,
    suspensions,
)
from requests_app.actions.keys import keys
from requests_app.actions.requests import invitations, requests
from requests_app.actions.review import break_glass
from requests_app.models import AccessRequest, BreakGlass, Grant, Policy
from requests_app.refusals import Refusal

NOWHERE = IssuerSettings("campus", "litellm", "http://localhost:9", "none", {SONNET: "sonnet"})


def bram(rows: Rows) -> Story:
    yield 52
    rows["suspended"] = ask("bram", days=120)
    yield 50
    grant = approve(rows["suspended"], "rita", "sam", "admin")
    claimed = keys.claim(grant, by=person("bram"))
    yield 20
    use(claimed, days=29)
    reason = "Its key was used from two continents at once. Say how that came about."
    suspensions.suspend(grant, by=person("pat"), reason=reason)
    yield 18
    suspensions.resume(grant, by=person("lee"), reason="It was a cluster abroad, as you said.")
    yield 1
    suspensions.suspend(grant, by=person("pat"), reason=reason)


def brams_other(rows: Rows) -> Story:
    """Begins later, as was asked; no key gets to another gateway; shortened, then revoked."""
    yield 45
    draft = requests.save(complete("bram", SONNET, starts_in=3), by=person("bram"))
    accept(invitations.invite(draft, "mei@example.org", by=person("bram")))
    rows["revoked"] = requests.submit(draft, by=person("bram"))
    yield 44
    grant = approve(rows["revoked"], "rita")
    yield 41
    with override_settings(ISSUERS={"campus": NOWHERE}), contextlib.suppress(Refusal):
        keys.claim(grant, by=person("bram"))
    yield from (40.9, 40.8, 40.7, 40.6)  # in vain, until the operators are told
    keys.claim(grant, by=person("bram"))
    yield 20
    shorter = timezone.now() + timedelta(days=30)
    why = "The laboratory moves to other models in a month."
    grants.shorten(grant, by=person("pat"), ends_at=shorter, reason=why)
    yield 10
    grants.revoke(grant, by=person("pat"), reason="It was used for a product.")


def dara(rows: Rows) -> Story:
    yield 83
    rows["ending"] = ask("dara", days=90)
    yield 81
    grant = approve(rows["ending"], "rita", "sam", "admin")
    claimed = keys.claim(grant, by=person("dara"))
    yield 5  # she is told that it ends soon
    yield 0
    use(claimed, days=20)


def daras_long_one(rows: Rows) -> Story:
    yield 84
    rows["to-confirm"] = ask("dara", SONNET, days=270)
    yield 82
    claimed = keys.claim(approve(rows["to-confirm"], "nia"), by=person("dara"))
    yield 5  # she is asked whether she still needs it
    yield 0
    use(claimed, days=80)


def line(rows: Rows) -> Story:
    """One place, held by Kofi, who has made no key yet; Dara waits."""
    yield 12
    policy, haiku = Policy.objects.get(slug=SMALL), AIModel.objects.get(identifier=HAIKU)
    bound = {"places": 1, "monthly_budget": None}
    capacities.set_capacity(policy, haiku, by=person("pat"), **bound)
    rows["to-claim"] = ask("kofi", HAIKU)
    rows["waiting"] = ask("dara", HAIKU)
    yield 11
    approve(rows["to-claim"], "rita")
    approve(rows["waiting"], "nia")


def yuki(rows: Rows) -> Story:
    """Nobody confirmed it, so the clock suspended it."""
    yield 98
    rows["unconfirmed"] = ask("yuki", SONNET, days=270)
    yield 96
    keys.claim(approve(rows["unconfirmed"], "rita"), by=person("yuki"))
    yield 15
    yield 5


def extension(rows: Rows) -> Story:
    """More time is asked for; then the model is withdrawn, from a day to come."""
    yield 58
    rows["extended"] = ask("yuki", OPUS_4_1, days=60)
    yield 52
    grant = approve(rows["extended"], "nia", "sam", "admin")
    claimed = keys.claim(grant, by=person("yuki"))
    yield 3
    use(claimed, days=20)
    draft = requests.extend(grant, by=person("yuki"))
    accepted = complete("yuki", OPUS_4_1).accepted_terms
    requests.change(draft, by=person("yuki"), attests=True, accepted_terms=accepted)
    rows["extension"] = requests.submit(draft, by=person("yuki"))
    yield 0.8
    model_withdrawal.withdraw(
        grant.access_request.policy_version.policy,
        AIModel.objects.get(identifier=OPUS_4_1),
        by=person("admin"),
        reason="Its provider takes the weights out of service.",
        at=timezone.now() + timedelta(days=40),
    )


def emergencies(rows: Rows) -> Story:
    """One was looked at after the fact, one waits for that."""
    yield 6
    rows["emergency-over"] = ask("yuki")
    yield 5
    broken = _from_cache(rows["emergency-over"]).break_glass
    yield 3.9  # reviewers are reminded
    yield 3
    verdict = BreakGlass.Verdict.IN_ORDER
    break_glass.review(broken, by=person("rita"), verdict=verdict, words="It couldn't wait.")
    yield 1
    rows["emergency"] = ask("bram", HAIKU)
    yield 0.2
    keys.claim(_from_cache(rows["emergency"]), by=person("bram"))


def _from_cache(access_request: AccessRequest) -> Grant:
    shown = access_request.revision.digest()
    why = "A copy of the model answers in a scam that runs now; the comparison must be made today."
    return break_glass.grant_now(access_request, by=person("admin"), reason=why, shown=shown)


def lena(rows: Rows) -> Story:
    """Everything in German; with others, of whom one leaves and one is removed."""
    yield 34
    rows["german-access"] = draft = requests.save(
        complete("lena", SONNET, starts_in=1), by=person("lena")
    )
    for short in ("kofi", "mei"):
        accept(invitations.invite(draft, f"{short}@example.org", by=person("lena")))
    yield 33
    requests.submit(draft, by=person("lena"))
    yield 32
    grant = approve(draft, "rita")
    claimed = keys.claim(grant, by=person("lena"))
    yield 12
    collaborators.leave(grant, by=person("kofi"))
    yield 11
    collaborators.remove(grant, person("mei"), by=person("lena"))
    yield 4
    rows["german-review"] = ask("lena")
    yield 2
    vote(rows["german-review"], "nia")
    yield 0
    use(claimed, days=31)
