"""The app of requests, review, grants and keys."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class RequestsConfig(AppConfig):
    name = "requests_app"
    verbose_name = "Access"

    def ready(self) -> None:
        from requests_app.reports.peppers import check_none_is_missing

        register(check_none_is_missing, Tags.database)
