"""The people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "lifecycle.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        """allauth tells in no other way that somebody connected or removed an identity."""
        from allauth.socialaccount import signals

        from lifecycle.people.sign_in import external_accounts

        signals.social_account_added.connect(external_accounts.note_orcid)
        signals.social_account_removed.connect(external_accounts.forget_orcid)
