"""Loads our templates without the line break that ends each file."""

from django.template import Origin
from django.template.loaders import filesystem


class Loader(filesystem.Loader):
    """Lets a full stop follow `{% include %}` without a blank before it."""

    def get_contents(self, origin: Origin) -> str:
        return super().get_contents(origin).removesuffix("\n")
