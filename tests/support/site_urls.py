"""Every URL of the site, as its route is written, and an address of each."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

EVERYTHING_ELSE = "^(?:api|gateway|oauth)(?:/|$)"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")

# What there is, by how a route begins and the name of its parameter.
There = Mapping[tuple[str, str], Any]


def routes() -> list[str]:
    """Return them in order, like `grants/<id>/`."""
    return sorted({_plain(route) for route in _found(get_resolver())})


def _found(within: URLResolver, before: str = "") -> Iterator[str]:
    for each in within.url_patterns:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLPattern):
            yield route
        else:
            yield from _found(each, route)


def _plain(route: str) -> str:
    if route == EVERYTHING_ELSE:
        return "api/<url>"
    named = PARAMETER.sub(lambda found: f"<{found[1] or found[2]}>", route)
    return re.sub(r"[\^$\\]", "", named)


def address(route: str, there: There) -> str:
    """Put in what is there; of several that fit, the one whose beginning is longest."""

    def value(found: re.Match[str]) -> str:
        fitting = [key for key in there if key[1] == found[1] and route.startswith(key[0])]
        return str(there[max(fitting, key=lambda key: len(key[0]))])

    return "/" + re.sub(r"<(\w+)>", value, route)
