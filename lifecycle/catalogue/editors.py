"""The group whose members may change the catalogue."""

from django.contrib.auth.models import Group

EDITORS = "Catalogue editors"


def make_group() -> None:
    """Make the group if it isn't there; a superuser puts people into it."""
    Group.objects.get_or_create(name=EDITORS)
