"""`python -m tests.support.resource_server`: somebody else's API, guarded by django-oauth-toolkit.

It asks the introspection address in ISSUER with CLIENT and SECRET about the keys on each line of
its input, and says the statuses that callers with these keys get.
"""

import json
import os
import sys

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="another project's",  # noqa: S106 - nothing is signed with it
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    OAUTH2_PROVIDER={
        "RESOURCE_SERVER_INTROSPECTION_URL": os.environ["ISSUER"],
        "RESOURCE_SERVER_INTROSPECTION_CREDENTIALS": (os.environ["CLIENT"], os.environ["SECRET"]),
        "RESOURCE_SERVER_TOKEN_CACHING_SECONDS": 5,  # it remembers for so long, by its own choice
        "SCOPES": {"messages": "Messages", "embeddings": "Embeddings"},
    },
)
django.setup()

from oauth2_provider.decorators import protected_resource  # noqa: E402 - after the settings


@protected_resource(scopes=["messages"])  # type: ignore[untyped-decorator]  # it has no types
def messages(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello.")


@protected_resource(scopes=["embeddings"])  # type: ignore[untyped-decorator]  # it has no types
def embeddings(request: HttpRequest) -> HttpResponse:
    return HttpResponse("1, 2, 3.")


urlpatterns = [path("messages", messages), path("embeddings", embeddings)]


def main() -> None:
    from django.core.management import call_command
    from oauth2_provider.models import get_access_token_model

    call_command("migrate", verbosity=0)
    for line in sys.stdin:
        get_access_token_model().objects.all().delete()  # as if what it remembers was too old
        found = [status for key in line.split() for status in statuses(key)]
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def statuses(key: str) -> list[int]:
    from django.test import Client

    headers = {"Authorization": f"Bearer {key}"}
    places = ("/messages", "/embeddings")
    return [Client().get(place, headers=headers).status_code for place in places]


if __name__ == "__main__":
    main()
