"""Load templates without their trailing newline."""

from django.template import Origin
from django.template.loaders import filesystem


class Loader(filesystem.Loader):
    """Allows punctuation directly after `{% include %}`, without a space before it."""

    def get_contents(self, origin: Origin) -> str:
        return super().get_contents(origin).removesuffix("\n")
