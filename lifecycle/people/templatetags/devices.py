"""`{{ session.user_agent|device }}`: what somebody signed in with."""

from django import template
from django.utils.translation import gettext as _
from ua_parser import parse

register = template.Library()


@register.filter
def device(user_agent: str) -> str:
    """“Firefox on Ubuntu”, as far as what a browser says of itself can be understood."""
    found = parse(user_agent)
    known = found.user_agent.family if found.user_agent else ""
    browser = known or user_agent or _("Unknown browser")
    if not found.os:
        return browser
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": found.os.family}
