"""The public pages, and those that say what went wrong."""

from collections.abc import Iterator

from django.template.loader import render_to_string
from playwright.sync_api import Page

from demo.play.acts import OPUS, OPUS_4_1, SONNET
from demo.play.standing import Rows
from demo.shots.scene import PageAction, Screenshot, go, post, send
from lifecycle.catalogue.models import AccessRoute, AIModel, Retirement
from requests_app import key_format
from requests_app.models import Policy

PUBLIC = {
    "home": "/",
    "models": "/models/",
    "models-found": "/models/?q=claude&provider=anthropic&can_ask=on",
    "models-none": "/models/?q=nothing+of+this+name&state=retired",
    "models-wrong": "/models/?retired_from=2026-05-01&retired_until=2025-05-01",
    "model": f"/models/{OPUS}/",
    "model-withdrawn": f"/models/{OPUS_4_1}/",
    "numbers": "/numbers/",
    "problems": "/problems/",
    "report-a-key": "/report-a-key/",
    "not-found": "/nope/",
}


def scenes(rows: Rows) -> Iterator[Screenshot]:
    yield from (Screenshot(name, address) for name, address in PUBLIC.items())
    yield from _models()
    yield Screenshot("home-signed-in", "/", "alice")
    yield Screenshot("model-asked-for", f"/models/{OPUS}/", "alice")
    yield Screenshot("model-held", f"/models/{OPUS}/", "noor")
    yield from _errors(rows)


def _models() -> Iterator[Screenshot]:
    """One of each kind that the catalogue has."""
    moved = AIModel.objects.filter(retirements__date_changes__isnull=False).first()
    promised = Retirement.Precision.NOT_SOONER_THAN
    kinds = {
        "moved": moved,
        "promised": AIModel.objects.filter(retirements__precision=promised).first(),
        "gone": AIModel.objects.filter(access_routes__kind=AccessRoute.Kind.NONE).first(),
    }
    for kind, ai_model in kinds.items():
        if ai_model:
            yield Screenshot(f"model-{kind}", f"/models/{ai_model.identifier}/")
    yield Screenshot("model-under-another-policy", f"/models/{SONNET}/")


def _errors(rows: Rows) -> Iterator[Screenshot]:
    policy = Policy.objects.earliest("pk")
    many = {f"field{number}": "" for number in range(1100)}
    yield Screenshot("400", "/profile/", "alice", [post("/profile/", **many)])
    yield Screenshot("400-key-in-address", f"/models/?key={key_format.new()}")
    yield Screenshot("403", "/admin/requests_app/grant/add/", "rita")
    yield Screenshot(
        "403-refused", f"/admin/requests_app/bulkrevocation/policy/{policy.pk}/", "rita"
    )
    yield Screenshot(
        "403-csrf", "/profile/", "alice", [post("/profile/", csrfmiddlewaretoken="old")]
    )
    yield Screenshot("404-signed-in", "/nope/", "alice")
    yield Screenshot("409", f"/requests/{rows['in-review']}/edit/", "alice")
    yield Screenshot("413", f"/requests/{rows['draft']}/files/", "jonas", [_attach_too_much])
    people = f"/requests/{rows['questions']}/people/"
    yield Screenshot("429", people, "mei", [_too_often(people)])
    yield Screenshot("500", "/shown/fault/", html=render_to_string("500.html"))
    report = send("Report this key", key=key_format.new())
    yield Screenshot("report-a-key-done", "/report-a-key/", steps=[report])


def _attach_too_much(page: Page) -> None:
    much = {"name": "all.csv", "mimeType": "text/csv", "buffer": b"1,2\n" * 3_000_000}
    page.set_input_files("main [type=file]", much)  # type: ignore[arg-type]  # as it is documented
    send("Attach file")(page)


def _too_often(address: str) -> PageAction:
    """Two tries an hour go through, as the settings of the screenshots say."""

    def step(page: Page) -> None:
        while page.locator("main h1").inner_text() != "Too many attempts":
            go(address)(page)
            send("Send invitation", email="nobody")(page)

    return step
