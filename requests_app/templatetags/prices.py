"""Filters for prices and amounts."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()
CENT = Decimal("0.01")


@register.filter
def price(usd: Decimal) -> str:
    """Return `15`, `0.25` or `1,234.5` as the reader's language writes it."""
    return number_format(f"{usd.normalize():f}", force_grouping=True)


@register.filter
def cents(usd: Decimal) -> str:
    """Return an amount of USD with two decimals; less than a cent isn't nothing."""
    if 0 < usd < CENT:
        return f"< {number_format(CENT)}"
    return number_format(usd, 2, force_grouping=True)
