"""The public pages, and those that say what went wrong."""

from collections.abc import Iterator

from django.template.loader import render_to_string
from playwright.sync_api import Page

from demo.play.acts import OPUS, OPUS_4_1, SONNET
from demo.play.standing import Rows
from demo.shots.scene import Scene, Step, go, post, send
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


def scenes(rows: Rows) -> Iterator[Scene]:
    yield from (Scene(name, address) for name, address in PUBLIC.items())
    yield from _models()
    yield Scene("home-signed-in", "/", "alice")
    yield Scene("model-asked-for", f"/models/{OPUS}/", "alice")
    yield Scene("model-held", f"/models/{OPUS}/", "noor")
    yield from _errors(rows)


def _models() -> Iterator[Scene]:
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
            yield Scene(f"model-{kind}", f"/models/{ai_model.identifier}/")
    yield Scene("model-under-another-policy", f"/models/{SONNET}/")


def _errors(rows: Rows) -> Iterator[Scene]:
    policy = Policy.objects.earliest("pk")
    many = {f"field{number}": "" for number in range(1100)}
    yield Scene("400", "/profile/", "alice", [post("/profile/", **many)])
    yield Scene("400-key-in-address", f"/models/?key={key_format.new()}")
    yield Scene("403", "/admin/requests_app/grant/add/", "rita")
    yield Scene("403-refused", f"/admin/requests_app/ending/policy/{policy.pk}/", "rita")
    yield Scene("403-csrf", "/profile/", "alice", [post("/profile/", csrfmiddlewaretoken="old")])
    yield Scene("404-signed-in", "/nope/", "alice")
    yield Scene("409", f"/requests/{rows['in-review']}/edit/", "alice")
    yield Scene("413", f"/requests/{rows['draft']}/files/", "jonas", [_attach_too_much])
    people = f"/requests/{rows['questions']}/people/"
    yield Scene("429", people, "mei", [_too_often(people)])
    yield Scene("500", "/shown/fault/", html=render_to_string("500.html"))
    report = send("Report this key", key=key_format.new())
    yield Scene("report-a-key-done", "/report-a-key/", steps=[report])


def _attach_too_much(page: Page) -> None:
    much = {"name": "all.csv", "mimeType": "text/csv", "buffer": b"1,2\n" * 3_000_000}
    page.set_input_files("main [type=file]", much)  # type: ignore[arg-type]  # as it is documented
    send("Attach this file")(page)


def _too_often(address: str) -> Step:
    """Two tries an hour go through, as the settings of the screenshots say."""

    def step(page: Page) -> None:
        while page.locator("main h1").inner_text() != "Too many tries":
            go(address)(page)
            send("Send the invitation", email="nobody")(page)

    return step
