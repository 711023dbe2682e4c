"""What makes somebody a member by a standing rule, in words."""

from django.conf import settings
from django.utils.translation import gettext as _

from lifecycle.text.durations import format_duration
from requests_app.models import MembershipKind, StandingRule


def provider_label(rule: StandingRule) -> str:
    """Return the name of the rule's sign-in provider, as the sign-in page has it."""
    known = settings.SIGN_IN_PROVIDERS.get(rule.claim_provider)
    return known.label if known else rule.claim_provider


def membership_sentence(rule: StandingRule) -> str:
    """Tell a member why the rule applies to them."""
    if rule.kind == MembershipKind.GROUP:
        return _("You are a member of “%(group)s”.") % {"group": rule.group}
    if rule.kind == MembershipKind.CLAIM:
        return _(
            "Your last sign-in with %(provider)s says that you belong to “%(value)s”. It counts "
            "for %(length)s, so sign in with it again within that time."
        ) % {
            "provider": provider_label(rule),
            "value": rule.claim_value,
            "length": format_duration(settings.STANDING_SIGN_IN_AGE),
        }
    return _("Your address is on a list of the policy's owners.")


def membership_phrase(rule: StandingRule) -> str:
    """Return what makes a member, for the desk, in English."""
    if rule.kind == MembershipKind.GROUP:
        return f"members of {rule.group}"
    if rule.kind == MembershipKind.CLAIM:
        value = f"{rule.claim_name} = {rule.claim_value}"
        return f"sign-ins with {provider_label(rule)} where {value}"
    return "verified addresses on its list"
