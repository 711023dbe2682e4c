"""All settings, read once at the start; `.env.example` explains the variables."""

from datetime import timedelta
from urllib.parse import urlsplit

import dj_database_url
import django_stubs_ext

from lifecycle.config import logs
from lifecycle.config.browser_security import *  # noqa: F403  # one settings file, in three pieces
from lifecycle.config.env import (
    ROOT,
    break_glass_bar,
    break_glass_emails,
    database_url,
    env,
    files_folder,
    files_limit,
    gateway_url,
    is_local,
    issuers,
    log_level,
    mail,
    models_url,
    operator_emails,
    peppers,
    redis_url,
    ror_api_url,
    secret_key,
    site_processes,
    site_url,
    source_check_days,
    standing_sign_in_age,
)
from lifecycle.config.sign_in import *  # noqa: F403
from lifecycle.embedded import embedded
from lifecycle.scheduling import schedule

django_stubs_ext.monkeypatch()

LOCAL = is_local()
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = secret_key()
KEY_PEPPERS = peppers()
SITE_URL = site_url()
GATEWAY_URL = gateway_url()
MODELS_URL = models_url()
ROR_API_URL = ror_api_url()
ALLOWED_HOSTS = [str(urlsplit(SITE_URL).hostname), *env.list("EXTRA_HOSTS", [])]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "lifecycle.config.urls"
WSGI_APPLICATION = "lifecycle.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "lifecycle.people",
    "lifecycle.catalogue",
    "lifecycle.voice",
    "requests_app",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "django_countries",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "csp",
]

# These set the headers of every answer, also of those that don't reach Django.
SECURITY_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "requests_app.web.middleware.SameSiteMiddleware",
]
MIDDLEWARE = [
    "lifecycle.serving.request_ids.RequestIdMiddleware",
    *SECURITY_MIDDLEWARE,
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "requests_app.web.middleware.PublicFilesMiddleware",
    "requests_app.web.middleware.LanguageMiddleware",
    "requests_app.web.middleware.RequestDecodingMiddleware",
    "requests_app.web.middleware.KeyInAddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "requests_app.web.second_factor.SecondFactorMiddleware",
    "requests_app.web.middleware.FormRecoveryMiddleware",
    "requests_app.web.middleware.TimeZoneMiddleware",
    "requests_app.web.middleware.RefusalMiddleware",
    "requests_app.web.middleware.PrivatePagesMiddleware",
    "requests_app.web.upload_limits.UploadSizeMiddleware",
]

TEMPLATE_LOADERS = [
    "lifecycle.config.template_loader.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", TEMPLATE_LOADERS)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lifecycle.people.languages.for_pages",
            ],
        },
    }
]
COUNTRIES_OVERRIDE = {"XK": "Kosovo"}  # ISO 3166 reserves this code for its users
FORM_RENDERER = "lifecycle.config.form_renderer.FormRenderer"

# Data -----------------------------------------------------------------------------------------

_database = dj_database_url.parse(
    database_url(), conn_max_age=env.int("DATABASE_MAX_AGE", 60), conn_health_checks=True
)
DATABASES = {
    "default": {
        **_database,
        "TEST": {"NAME": "test_emeritus"},
        "OPTIONS": {"connect_timeout": 5, **_database.get("OPTIONS", {})},
    }
}
REDIS_URL = redis_url()
SITE_PROCESSES = site_processes()
CACHES = {
    "default": {
        "BACKEND": "lifecycle.config.cache.FallbackCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "emeritus",
    }
}

# People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LEAK_REPORTS_PER_MINUTE = env.int("LEAK_REPORTS_PER_MINUTE", 30)
INVITATIONS_PER_HOUR = env.int("INVITATIONS_PER_HOUR", 30)
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", 600)
DRAFTS_PER_HOUR = env.int("DRAFTS_PER_HOUR", 60)
SUBMISSIONS_PER_HOUR = env.int("SUBMISSIONS_PER_HOUR", 30)
KEYS_PER_HOUR = env.int("KEYS_PER_HOUR", 30)
UPLOADS_PER_HOUR = env.int("UPLOADS_PER_HOUR", 60)
LOOKUPS_PER_HOUR = 120  # of organisations and costs, by one person
TRIAL_CALLS_PER_HOUR = 30  # made by the site for one person, with “Try it”
INSTITUTIONS_PER_HOUR = 6  # changes by one person; each is recorded on all their open requests
TEXTS_KEPT_PER_HOUR = 60  # forms saved after a session expired; nobody needs more

# Pages ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["lifecycle.config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = None if LOCAL else embedded.var() / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL

# Files ----------------------------------------------------------------------------------------

FILES_FOLDER = files_folder()
FILES_MAX = files_limit("FILES_MAX", 10)
FILE_MAX_BYTES = files_limit("FILE_MAX_MB", 10) * 1024**2
FILES_REQUEST_BYTES = files_limit("FILES_REQUEST_MB", 50) * 1024**2
FILES_PERSON_BYTES = files_limit("FILES_PERSON_MB", 500) * 1024**2
FORM_MAX_BYTES = 1024**2  # of a multipart form without files
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_PERMISSIONS = 0o600

# API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "requests_app.api.pagination.NewestFirstPagination",
    "DEFAULT_SCHEMA_CLASS": "requests_app.api.operations.Operation",
    "EXCEPTION_HANDLER": "requests_app.api.problems.as_problem",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Emeritus",
    "DESCRIPTION": "Request access to retired AI models, follow requests, and manage keys.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "SERVERS": [{"url": "/", "description": "The site that serves this description."}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "requests_app.api.operations.add_components",
    ],
}

# Mail -----------------------------------------------------------------------------------------

_mailbox = f"file:///{embedded.var() / 'mail'}"
_email = mail(_mailbox if LOCAL else "smtp://localhost")
EMAIL_BACKEND, EMAIL_FILE_PATH = _email["EMAIL_BACKEND"], _email["EMAIL_FILE_PATH"]
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"], _email["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"], _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _email["EMAIL_USE_TLS"], _email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("FROM_EMAIL", "Emeritus <emeritus@localhost>")

CHAT_URLS: list[str] = env.list("CHAT_URLS", [])
BREAK_GLASS_EMAILS = break_glass_emails()
BREAK_GLASS_BAR = break_glass_bar()
STANDING_SIGN_IN_AGE = standing_sign_in_age()

SOURCE_CHECK_DAYS = source_check_days()

# Other gateways -------------------------------------------------------------------------------

ISSUERS = issuers()
ISSUER_STUCK_AFTER = env.int("ISSUER_STUCK_AFTER", 10)
OPERATOR_EMAILS = operator_emails()
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# Background work ------------------------------------------------------------------------------

NOTICE_LEASE = timedelta(seconds=env.int("NOTICE_LEASE_SECONDS", 120))
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_connect_timeout": 2}
WAKING = {"max_retries": 0, "socket_timeout": 0.25, "socket_connect_timeout": 0.25}  # pages wait
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "lifecycle.scheduling.scheduler:SteadyScheduler"
CELERY_BEAT_SCHEDULE = schedule.schedule(
    sweeps_every=env.int("SWEEP_SECONDS", 30), reconcile_every=env.int("RECONCILE_SECONDS", 3600)
)

LOGGING_CONFIG = "lifecycle.config.logs.configure"
LOGGING = logs.to_stderr(log_level())
