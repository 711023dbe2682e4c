"""`{{ grant.closing_reason|reason_text }}`: a reason that is ours in the reader's language."""

from django import template

from requests_app import system_reasons

register = template.Library()
register.filter("reason_text", system_reasons.translated)
