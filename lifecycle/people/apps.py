"""The app of people and institutions."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "lifecycle.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        """Listen to allauth's signals, its only notice of a connected or removed identity."""
        from allauth.socialaccount import signals

        from lifecycle.people.sign_in import external_accounts

        signals.social_account_added.connect(external_accounts.note_orcid)
        signals.social_account_removed.connect(external_accounts.forget_orcid)
