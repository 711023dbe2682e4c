"""People who have been here for a while, and requests that ended in every other way."""

from dataclasses import replace

from demo.play.acts import approve, ask, complete, person, recuse, vote
from demo.play.conductor import Story
from demo.play.standing import Rows, use
from requests_app.actions.endings import account_deletion, bulk_revocation
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation, keys, leaks
from requests_app.actions.requests import invitations, requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, DenialReason, Invitation, Scope

APPEAL = "Your answer names a replacement. Our study is about the retired model itself."
LESS = "Sixty days are enough for 400 prompts, and the study needs no completions."
NOT_CLEAR = "We couldn't see what would be compared with what. Say it in your own words."


def olga(rows: Rows) -> Story:
    """Denied, granted on appeal, ended; withdrawn; expired; and granted once more, for less."""
    yield 190
    rows["appealed"] = ask("olga", days=60)
    yield 187
    vote(rows["appealed"], "rita", votes.deny, NOT_CLEAR, denial=DenialReason.UNCLEAR)
    yield 186
    rows["appeal"] = requests.appeal(rows["appealed"], by=person("olga"), reason=APPEAL)
    yield 182
    grant = approve(rows["appeal"], "nia", "kim", "admin")
    yield 181
    claimed = keys.claim(grant, by=person("olga"))
    yield from (135.9, 128.9, 122.9)  # she is told of its end
    use(claimed, days=58)
    yield 121  # it ends
    yield from _in_vain(rows)
    yield from _narrowed(rows)


def _in_vain(rows: Rows) -> Story:
    yield 110
    rows["withdrawn"] = ask("olga")
    yield 108
    requests.withdraw(rows["withdrawn"], by=person("olga"), reason="Our funding starts later.")
    yield 60
    rows["expired"] = ask("olga")
    yield from (58, 56.9, 52)  # reminders, a digest of them, the end


def _narrowed(rows: Rows) -> Story:
    """Shared with Kofi and Yuki, who were invited."""
    yield 29
    draft = rows["narrowed"] = requests.save(complete("olga", starts_in=2), by=person("olga"))
    kofi, yuki = (
        invitations.invite(draft, f"{short}@example.org", by=person("olga"))
        for short in ("kofi", "yuki")
    )
    yield 28
    accept(kofi)
    accept(yuki)
    yield 27
    requests.submit(draft, by=person("olga"))
    yield 25
    vote(draft, "rita", reason=LESS, narrowed_to=_less(draft))
    grant = approve(draft, "sam", "admin")
    yield 24
    first = keys.claim(grant, by=person("olga"))
    keys.claim(grant, by=person("kofi"), networks=["192.0.2.0/24"])
    yield 12
    use(first, days=10)
    leaks.report([first.secret])
    second = keys.claim(grant, by=person("olga"))
    yield 0.5
    use(second, days=9)
    keys.rotate(second.key, by=person("olga"))


def _less(access_request: AccessRequest) -> Scope:
    scope = access_request.revision.scope()
    return replace(
        scope,
        operations=("messages",),
        duration=scope.duration * 2 / 3,
        limits=replace(scope.limits, tokens_per_day=100_000),
    )


def accept(invitation: Invitation) -> None:
    """Whoever has the address accepts the terms."""
    by = person(invitation.email.removesuffix("@example.org"))
    version = invitation.access_request.policy_version
    invitations.accept(invitation, by=by, terms=version.number)


def kofi(rows: Rows) -> Story:
    """Nobody is left who could decide the second step."""
    yield 5.5
    rows["deadlocked"] = ask("kofi")
    yield 4.5
    vote(rows["deadlocked"], "rita")
    yield 3.5
    recuse(rows["deadlocked"], "kim", "I wrote a paper with Kofi.")
    yield 2.5
    recuse(rows["deadlocked"], "sam", "I advise his laboratory.")


def vera(rows: Rows) -> Story:
    """Everything of hers is ended by a superuser."""
    yield 16
    granted = ask("vera")
    yield 14
    grant = approve(granted, "rita", "sam", "admin")
    keys.claim(grant, by=person("vera"))
    yield 4
    ask("vera", "claude-opus-4-1-20250805")
    yield 2
    bulk_revocation.revoke_everything(
        person("vera"), by=person("admin"), reason="Keys were sold to people outside."
    )


def theo(rows: Rows) -> Story:
    """Gives his access back, then deletes his account."""
    yield 30
    granted = ask("theo")
    yield 28
    grant = approve(granted, "rita", "sam", "admin")
    claimed = keys.claim(grant, by=person("theo"))
    yield 20
    key_revocation.revoke(claimed.key, by=person("theo"))
    yield 19
    grants.end(grant, by=person("theo"), reason="We have all that we need.")
    yield 18
    account_deletion.delete_account(person("theo"), by=person("theo"))
