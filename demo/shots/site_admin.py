"""The admin's pages for those who run the site: people, models, endings, and its own forms."""

from collections.abc import Iterator

from demo.play.acts import OPUS, person
from demo.shots.scene import Screenshot, press
from lifecycle.catalogue.models import AIModel, DateChange, Provider
from lifecycle.people.models import Institution
from requests_app.models import BulkRevocation

ENDING = "/admin/requests_app/bulkrevocation/"


def scenes() -> Iterator[Screenshot]:
    for name, address in {**_lists(), **_rows(), **_endings()}.items():
        yield Screenshot(f"admin-{name}", address, "admin")
    wrong = press("[name=_save]")
    yield Screenshot("admin-model-wrong", "/admin/catalogue/aimodel/add/", "admin", [wrong])
    end = press("#content form button")
    address = f"{ENDING}person/{person('noor').pk}/"
    yield Screenshot("admin-ending-wrong", address, "admin", [end])


def _lists() -> dict[str, str]:
    return {
        "home": "/admin/",
        "app": "/admin/requests_app/",
        "groups": "/admin/auth/group/",
        "people": "/admin/people/user/",
        "people-found": "/admin/people/user/?q=alice&is_staff__exact=0",
        "person-add": "/admin/people/user/add/",
        "institutions": "/admin/people/institution/",
        "institution-add": "/admin/people/institution/add/",
        "models": "/admin/catalogue/aimodel/",
        "model-add": "/admin/catalogue/aimodel/add/",
        "retirements": "/admin/catalogue/retirement/",
        "providers": "/admin/catalogue/provider/",
        "factors": "/admin/mfa/authenticator/",
        "identities": "/admin/socialaccount/socialaccount/",
        "addresses": "/admin/account/emailaddress/",
        "endings": ENDING,
    }


def _rows() -> dict[str, str]:
    alice, change = person("alice"), DateChange.objects.first()
    opus, lab = AIModel.objects.get(identifier=OPUS), Provider.objects.get(slug="anthropic")
    institution = Institution.objects.get(name="Example University")
    group = person("rita").groups.first()
    assert group
    assert change
    return {
        "group": f"/admin/auth/group/{group.pk}/change/",
        "person": f"/admin/people/user/{alice.pk}/change/",
        "person-password": f"/admin/people/user/{alice.pk}/password/",
        "person-history": f"/admin/people/user/{alice.pk}/history/",
        "institution": f"/admin/people/institution/{institution.pk}/change/",
        "institution-merge": f"/admin/people/institution/{institution.pk}/merge/",
        "institution-merge-preview": f"/admin/people/institution/{institution.pk}/merge/"
        "?into=Sample+College",
        "institution-delete": f"/admin/people/institution/{institution.pk}/delete/",
        "model": f"/admin/catalogue/aimodel/{opus.pk}/change/",
        "retirement": f"/admin/catalogue/retirement/{change.retirement_id}/change/",
        "provider": f"/admin/catalogue/provider/{lab.pk}/change/",
    }


def _endings() -> dict[str, str]:
    institution = Institution.objects.get(name="Sample College")
    ending = BulkRevocation.objects.filter(name="vera@example.org").get()
    return {
        "ending-person": f"{ENDING}person/{person('noor').pk}/",
        "ending-institution": f"{ENDING}institution/{institution.pk}/",
        "ending-model": f"{ENDING}model/{AIModel.objects.get(identifier=OPUS).pk}/",
        "ending-nothing": f"{ENDING}person/{person('uma').pk}/",
        "ending-receipt": f"{ENDING}{ending.pk}/change/",
    }
