"""`{{ grant.closing_reason|said }}`: a reason that is ours in the reader's language."""

from django import template

from requests_app import reasons

register = template.Library()
register.filter("said", reasons.said)
