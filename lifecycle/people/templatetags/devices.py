"""`{{ session.user_agent|device }}`: the browser and system of a session."""

from django import template
from django.utils.translation import gettext as _
from ua_parser import parse

register = template.Library()


@register.filter
def device(user_agent: str) -> str:
    """Return “Firefox on Ubuntu”, as far as the user agent is understood."""
    found = parse(user_agent)
    known = found.user_agent.family if found.user_agent else ""
    browser = known or user_agent or _("Unknown browser")
    if not found.os:
        return browser
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": found.os.family}
