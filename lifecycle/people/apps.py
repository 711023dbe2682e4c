"""The people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "lifecycle.people"
    label = "people"
    verbose_name = "People"
