"""The review desk: what waits, decisions, access, policies, and what people do for themselves."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page

from demo.people import POLICY
from demo.play.rulebook import SMALL
from demo.play.standing import Rows
from demo.shots.scene import PAGES, TABLET, PageAction, Screenshot, post, press, unfold
from requests_app.models import AccessRequest, BreakGlass, Grant, Key, Policy, PolicyVersion
from requests_app.states import KeyState

DESK = "/admin/requests_app/"
REQUESTS = f"{DESK}accessrequest/"
LISTS = {
    "desk": ("/admin/", "sam"),
    "desk-nothing-waits": ("/admin/", "pat"),
    "desk-list": (REQUESTS, "rita"),
    "desk-list-found": (f"{REQUESTS}?q=olga&state=approved", "rita"),
    "desk-list-none": (f"{REQUESTS}?q=nobody", "rita"),
    "desk-dashboard": (f"{REQUESTS}dashboard/", "rita"),
    "desk-grants": (f"{DESK}grant/", "rita"),
    "desk-issued-keys": (f"{DESK}externalkey/", "admin"),
    "desk-policies": (f"{DESK}policy/", "pat"),
    "desk-policy-add": (f"{DESK}policy/add/", "pat"),
    "desk-policy-template": (f"{DESK}policy/add/?template=three-steps", "pat"),
    "desk-policy-file": (f"{DESK}policy/add/file/", "pat"),
    "desk-versions": (f"{DESK}policyversion/", "pat"),
    "desk-delegations": (f"{DESK}delegation/", "rita"),
    "desk-delegations-refused": (f"{DESK}delegation/", "pat"),
    "desk-reminders": (f"{DESK}reviewerpreference/", "rita"),
    "desk-saved-reasons": (f"{DESK}savedreason/", "sam"),
    "desk-tokens": (f"{DESK}servicetoken/", "admin"),
    "desk-tokens-own": (f"{DESK}servicetoken/", "pat"),
    "desk-emergencies": (f"{DESK}breakglass/", "rita"),
    "desk-emergencies-named": (f"{DESK}breakglass/", "admin"),
    "desk-endings": (f"{DESK}bulkrevocation/", "admin"),
}


def scenes(rows: Rows) -> Iterator[Screenshot]:
    yield from (Screenshot(name, *place) for name, place in LISTS.items())
    yield Screenshot("desk-closed", "/admin/", "alice")
    yield from _requests(rows)
    yield from _decisions(rows)
    yield from _grants(rows)
    yield from _emergencies(rows)
    yield from _policies()
    yield from _own()


def _page(row: AccessRequest) -> str:
    return f"{REQUESTS}{row.pk}/change/"


def _requests(rows: Rows) -> Iterator[Screenshot]:
    for standing, who in {
        "denied": "rita",
        "returned": "rita",
        "approved": "rita",
        "appeal": "sam",
        "narrowed": "rita",
        "expired": "rita",
        "deadlocked": "pat",
        "called": "rita",
        "with-answers": "rita",
        "extension": "rita",
        "emergency": "rita",
    }.items():
        yield Screenshot(f"desk-{standing}", _page(rows[standing]), who)
    yield Screenshot("desk-request", _page(rows["in-review"]), "sam")
    yield Screenshot("desk-request-open", _page(rows["in-review"]), "sam", [unfold])


def _decisions(rows: Rows) -> Iterator[Screenshot]:
    at = _page(rows["in-review"])
    reason = {"reason": "The plan is sound, and the answers are read before they are published."}
    yield Screenshot("desk-confirm-approval", at, "sam", [_choose("approve", **reason)])
    less = _choose("approve", **reason, days="30", tokens_per_day="50000")
    yield Screenshot("desk-confirm-less", at, "sam", [unfold, less])
    deny = [_select("denial", "unclear"), _choose("deny", **reason)]
    yield Screenshot("desk-confirm-denial", at, "sam", deny)
    yield Screenshot("desk-confirm-return", at, "sam", [_choose("return", **reason)])
    yield Screenshot("desk-confirm-recusal", at, "sam", [_choose("recuse", **reason)])
    yield Screenshot("desk-decision-wrong", at, "sam", [_choose("deny", reason="")])
    yield Screenshot("desk-meanwhile", _page(rows["denied"]), "sam", [_too_late(rows["denied"])])


def _choose(choice: str, **typed: str) -> PageAction:
    def step(page: Page) -> None:
        for name, value in typed.items():
            page.fill(f"#decide ~ form [name={name}]", value)
        press(f"button[name=choice][value={choice}]")(page)

    return step


def _select(name: str, value: str) -> PageAction:
    return lambda page: _selected(page, name, value)


def _selected(page: Page, name: str, value: str) -> None:
    page.select_option(f"[name={name}]", value)


def _too_late(row: AccessRequest) -> PageAction:
    stage = row.stages.get(step__position=1)
    fields = {"stage": str(stage.pk), "shown": stage.revision.digest(), "reason": "A sound plan."}
    return post(f"{REQUESTS}{row.pk}/decide/", choice="approve", **fields)


def _grants(rows: Rows) -> Iterator[Screenshot]:
    for standing in ("suspended", "unconfirmed", "waiting", "revoked", "narrowed", "emergency"):
        yield Screenshot(f"desk-grant-{standing}", _grant(rows[standing]), "pat")
    yield Screenshot("desk-grant", _grant(rows["approved"]), "rita")
    yield Screenshot("desk-grant-acts", _grant(rows["approved"]), "pat", [unfold])
    wrong = press("form[action$='/suspend/'] button")
    yield Screenshot("desk-grant-wrong", _grant(rows["approved"]), "pat", [unfold, wrong])
    for key in Key.objects.filter(grant__access_request=rows["narrowed"], state=KeyState.REVOKED):
        address = _grant(rows["narrowed"]).replace("change/", f"keys/{key.public_id}/receipt/")
        yield Screenshot("desk-receipt", address, "pat")


def _grant(row: AccessRequest) -> str:
    return f"{DESK}grant/{Grant.objects.get(access_request=row).pk}/change/"


def _emergencies(rows: Rows) -> Iterator[Screenshot]:
    at = f"{DESK}breakglass/"
    over, waits = (
        BreakGlass.objects.get(grant__access_request=rows[name])
        for name in ("emergency-over", "emergency")
    )
    yield Screenshot("desk-emergency-reviewed", f"{at}{over.pk}/change/", "rita")
    yield Screenshot("desk-emergency-review", f"{at}{waits.pk}/change/", "rita")
    yield Screenshot("desk-emergency-no-judge", f"{at}{waits.pk}/change/", "admin")
    now = f"{at}grant/{rows['new'].pk}/"
    yield Screenshot("desk-emergency-grant", now, "admin")
    sure = [_fill(reason="The comparison must be made today."), press("button.deny")]
    yield Screenshot("desk-emergency-confirm", now, "admin", sure)


def _fill(**typed: str) -> PageAction:
    def step(page: Page) -> None:
        for name, value in typed.items():
            page.fill(f"#content [name={name}]", value)

    return step


def _policies() -> Iterator[Screenshot]:
    opus, small = (Policy.objects.get(slug=slug) for slug in (POLICY, SMALL))
    yield Screenshot("desk-policy", f"{DESK}policy/{opus.pk}/change/", "pat")
    yield Screenshot("desk-policy-small", f"{DESK}policy/{small.pk}/change/", "pat", [unfold])
    yield Screenshot("desk-policy-superuser", f"{DESK}policy/{opus.pk}/change/", "admin")
    report = f"{DESK}policy/{opus.pk}/report/"
    yield Screenshot("desk-policy-report", report, "pat", looks=(*PAGES, *TABLET))
    yield Screenshot("desk-policy-reviewers", f"{DESK}policy/{opus.pk}/reviewers/", "pat")
    yield Screenshot("desk-policy-compare", f"{DESK}policy/{opus.pk}/compare/", "pat")
    assert opus.current
    yield from _invitations(opus, opus.current)
    yield from _endings(opus)
    yield from _versions(opus, opus.current)


def _invitations(opus: Policy, in_force: PolicyVersion) -> Iterator[Screenshot]:
    invitations = f"{DESK}policy/{opus.pk}/invitations/"
    group = in_force.steps.all()[0].reviewers_id
    invite = [_fill(email="nobody@example"), press("button[type=submit].default")]
    yield Screenshot("desk-policy-invitations-wrong", invitations, "pat", invite)
    sent = [_fill(email="rosa@example.org"), _select("group", str(group))]
    sent += [press("button[type=submit].default")]
    yield Screenshot("desk-policy-invitations", invitations, "pat", sent, (*PAGES, *TABLET))


def _endings(opus: Policy) -> Iterator[Screenshot]:
    kept = opus.ai_models.filter(withdrawn_at=None).order_by("pk")[0]
    live = Grant.objects.live().filter(access_request__policy_version__policy=opus)[0]
    endings = {
        "desk-ending-policy": (f"{DESK}bulkrevocation/policy/{opus.pk}/", "pat"),
        "desk-ending-model": (f"{DESK}policy/{opus.pk}/withdraw/{kept.pk}/", "admin"),
        "desk-ending-grant": (f"{DESK}grant/{live.pk}/revoke/", "pat"),
    }
    for name, place in endings.items():
        yield Screenshot(name, *place, looks=(*PAGES, *TABLET))
    wrong = [press("button.deny")]
    yield Screenshot("desk-ending-wrong", endings["desk-ending-model"][0], "admin", wrong)


def _versions(opus: Policy, in_force: PolicyVersion) -> Iterator[Screenshot]:
    draft, versions = opus.versions.get(state="draft"), f"{DESK}policyversion/"
    yield Screenshot("desk-version", f"{versions}{in_force.pk}/change/", "pat")
    yield Screenshot("desk-version-draft", f"{versions}{draft.pk}/change/", "pat")
    yield Screenshot("desk-version-publish", f"{versions}{draft.pk}/publish/", "lee")
    edit = f"{versions}{draft.pk}/edit/"
    yield Screenshot("desk-version-edit", edit, "pat")
    wrong = [unfold, _fill(max_duration="for ever", spend_cap="0"), press(".builder .default")]
    yield Screenshot("desk-version-wrong", edit, "pat", wrong)
    as_file = f"{versions}{draft.pk}/import/"
    yield Screenshot("desk-version-file", as_file, "pat", [press("button[name=check]")])
    faulty = [_fill(text="slug: x\nsteps: none"), press("button[name=check]")]
    yield Screenshot("desk-version-file-wrong", as_file, "pat", faulty)


def _own() -> Iterator[Screenshot]:
    delegate = press("form[action$='/delegation/'] button")
    yield Screenshot("desk-delegations-wrong", f"{DESK}delegation/", "rita", [delegate])
    make = "form[action$='/servicetoken/'] button"
    yield Screenshot("desk-tokens-wrong", f"{DESK}servicetoken/", "admin", [press(make)])
    ends_on = str((timezone.now() + timedelta(days=30)).date())
    typed = _fill(name="Reads the dashboard", owner="pat@example.org", ends_on=ends_on)
    new = [typed, lambda page: page.check("[name=permissions][value=read]"), press(make)]
    yield Screenshot("desk-token-shown", f"{DESK}servicetoken/", "admin", new)
