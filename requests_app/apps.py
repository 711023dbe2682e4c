"""The app of requests, review, grants and keys."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class RequestsConfig(AppConfig):
    name = "requests_app"
    verbose_name = "Access"

    def ready(self) -> None:
        """Register checks, and listen to allauth, whose signals are its only notice of claims."""
        from allauth.socialaccount import signals

        from requests_app.reports.peppers import check_none_is_missing
        from requests_app.web.account import external_accounts

        register(check_none_is_missing, Tags.database)
        signals.social_account_updated.connect(external_accounts.note_sign_in)
        signals.social_account_removed.connect(external_accounts.note_removal)
