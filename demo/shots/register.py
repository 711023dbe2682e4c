"""The register of models: promises, scorecards, what models said, feeds, standing access."""

from collections.abc import Iterator

from demo.play.acts import OPUS
from demo.shots.scene import LIGHT, PRINTED, Screenshot, go, press, unfold
from demo.voice import SLUG
from lifecycle.catalogue.models import AIModel, Provider
from requests_app.models import StandingRule

REPORT, ESSAYS = "/deployment-reports/example-1/", f"/essays/{SLUG}/"
PUBLIC = {
    "promises": "/promises/",
    "promises-of-a-model": f"/promises/{OPUS}/",
    "promises-found": "/promises/?kind=notice",
    "scorecard": "/scorecard/",
    "scorecard-of-a-provider": "/scorecard/anthropic/",
    "deployment-report": REPORT,
    "deployment-report-of-opus": f"/deployment-reports/{OPUS}/",
    "essays": ESSAYS,
    "essay": f"{ESSAYS}1/",
    "essay-vetoed": f"{ESSAYS}2/",
    "essays-of-opus": "/essays/claude-opus-3/",
    "transcript": f"{REPORT}interviews/1/1/",
    "interview-protocol": "/interview-protocols/example-interview/1/",
}
DESK = {
    "desk-models": "/admin/catalogue/aimodel/",
    "desk-model-add": "/admin/catalogue/aimodel/add/",
    "desk-retirements": "/admin/catalogue/retirement/",
    "desk-sources": "/admin/catalogue/source/",
    "desk-promises": "/admin/catalogue/promise/",
    "desk-promise-add": "/admin/catalogue/promise/add/",
    "desk-weights": "/admin/catalogue/weightscustody/",
    "desk-proposals": "/admin/requests_app/proposal/",
    "desk-interviews": "/admin/voice/interview/",
    "desk-interview-add": "/admin/voice/interview/add/",
    "desk-preferences": "/admin/voice/preference/",
    "desk-protocols": "/admin/voice/protocol/",
    "desk-essays": "/admin/voice/essay/",
    "desk-essay-series": "/admin/voice/essayseries/",
    "desk-standing-rules": "/admin/requests_app/standingrule/",
    "desk-standing-rule-add": "/admin/requests_app/standingrule/add/",
}
PRINT = ("deployment-report", "essay")
FOLLOW = "form[action*=follow] button"
GERMAN = ("promises", "scorecard-of-a-provider", "deployment-report", "essays", "essay")


def scenes() -> Iterator[Screenshot]:
    public = [Screenshot(name, address) for name, address in PUBLIC.items()]
    yield from public
    yield from _people()
    yield from (Screenshot(name, address, "admin") for name, address in DESK.items())
    yield from _desk_rows()
    for scene in public:
        if scene.name in PRINT:
            yield scene._replace(name=f"{scene.name}-on-paper", looks=PRINTED)
        if scene.name in GERMAN:
            yield scene._replace(name=f"de-{scene.name}", looks=LIGHT, locale="de-DE")


def _people() -> Iterator[Screenshot]:
    rule = StandingRule.objects.get()
    yield Screenshot("standing-access", f"/standing/{rule.public_id}/", "iris")
    yield Screenshot(
        "following", f"/models/{OPUS}/", "alice", [press(FOLLOW), go("/account/following/")]
    )


def _desk_rows() -> Iterator[Screenshot]:
    opus = AIModel.objects.get(identifier=OPUS)
    anthropic = Provider.objects.get(slug="anthropic")
    retirement = opus.retirements.earliest("pk")
    rule = StandingRule.objects.get()
    pages = {
        "desk-model": f"/admin/catalogue/aimodel/{opus.pk}/change/",
        "desk-provider": f"/admin/catalogue/provider/{anthropic.pk}/change/",
        "desk-retirement": f"/admin/catalogue/retirement/{retirement.pk}/change/",
        "desk-standing-rule": f"/admin/requests_app/standingrule/{rule.pk}/change/",
    }
    yield from (Screenshot(name, page, "admin", [unfold]) for name, page in pages.items())
