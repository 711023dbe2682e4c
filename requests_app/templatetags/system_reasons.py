"""`{{ grant.closing_reason|said }}`: a reason that is ours in the reader's language."""

from django import template

from requests_app import system_reasons

register = template.Library()
register.filter("said", system_reasons.said)
