"""What others offer for the same question, in one Django project; started by bench.

With the middleware that `startproject` writes, or with none where BARE is set.
"""

import json
import os
import sys
from datetime import timedelta

import dj_database_url
import django
from django.conf import settings

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

settings.configure(
    SECRET_KEY="for this measurement only",  # noqa: S106 - nothing is signed with it
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="bench.peers_urls",
    MIDDLEWARE=[] if os.environ.get("BARE") else MIDDLEWARE,
    DATABASES={
        "default": dj_database_url.parse(os.environ["PEERS_DATABASE_URL"], conn_max_age=600)
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "rest_framework",
        "rest_framework_api_key",
        "knox",
        "oauth2_provider",
    ],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    OAUTH2_PROVIDER={"SCOPES": {"introspection": "Ask about tokens", "read": "Read"}},
)
django.setup()


def fill() -> dict[str, str]:
    """Tables and one credential of each kind."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.utils import timezone
    from knox.models import AuthToken
    from oauth2_provider.models import AccessToken
    from rest_framework_api_key.models import APIKey

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("alice")
    end = timezone.now() + timedelta(days=1)
    for scope in ("introspection", "read"):
        AccessToken.objects.create(user=user, token=f"{scope}-token", expires=end, scope=scope)
    return {
        "api_key": APIKey.objects.create_key(name="alice")[1],
        "knox": AuthToken.objects.create(user)[1],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fill()))
else:
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    asynchronous = get_asgi_application()
