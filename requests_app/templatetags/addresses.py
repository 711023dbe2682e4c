"""A filter for addresses of other sites."""

from urllib.parse import urlsplit

from django import template

register = template.Library()


@register.filter
def host(address: str) -> str:
    """Return `example.org` for `https://www.example.org/a/page`."""
    return urlsplit(address).netloc.removeprefix("www.")
