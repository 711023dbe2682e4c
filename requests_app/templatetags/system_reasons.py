"""`{{ grant.closing_reason|reason_text }}`: translate a reason if it is one of ours."""

from django import template

from requests_app import system_reasons

register = template.Library()
register.filter("reason_text", system_reasons.translated)
