"""The app of the catalogue."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "lifecycle.catalogue"
    label = "catalogue"
    verbose_name = "Catalogue"
