"""Which addresses may follow a sign-in: paths on this site, however somebody spells another."""

import re

from django.utils.http import url_has_allowed_host_and_scheme

MAX_LENGTH = 500
# Browsers drop tabs and line ends, and take a backslash for a slash.
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


def is_own_path(address: str) -> bool:
    """Return whether it is a path with its query, and nothing that a browser takes for a host."""
    if not address.startswith("/") or len(address) > MAX_LENGTH or _ODD.search(address):
        return False
    return url_has_allowed_host_and_scheme(address, allowed_hosts=None)
