"""Badges for READMEs: a model's state as a small SVG image, whole days at a time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from lifecycle.catalogue.models import AIModel, Precision
from requests_app import clock
from requests_app.web.catalogue import status
from requests_app.web.feeds.public_files import answer, language_of

HEIGHT, PADDING = 20, 7  # pixels, as other badges in a README have
# Widths of Verdana's characters at 11 pixels. The text is fitted to their sum, so that another
# font stays within the badge too.
NARROW, WIDE = frozenset(" .,:;!'|()[]{}ijlft-/"), frozenset("mwMW%@")
NARROW_WIDTH, WIDTH, WIDE_WIDTH, FULL_WIDTH = 4.6, 7.1, 10.6, 11.5
LABEL_COLOUR = "#44403a"
# White text on each of them has a contrast of 4.5 at least, whatever is around the badge.
COLOURS = {
    "serving": "#2f6b45",
    "retiring": "#845400",
    "partly-retired": "#845400",
    "retired": "#5b3a29",
    "withdrawn": "#a3262a",
}
STATES = {
    "serving": gettext_lazy("in service"),
    "retiring": gettext_lazy("deprecated"),
    "partly-retired": gettext_lazy("partly retired"),
    "retired": gettext_lazy("retired"),
    "withdrawn": gettext_lazy("withdrawn"),
}
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img"\
 aria-label="{title}"><title>{title}</title>\
<rect width="{width}" height="{height}" rx="3" fill="{label_colour}"/>\
<path d="M{split} 0h{right}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right}z" fill="{colour}"/>\
<rect x=".5" y=".5" width="{inner}" height="19" rx="2.5" fill="none" stroke="#fff"\
 stroke-opacity=".3"/>\
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11"\
 aria-hidden="true">\
<text x="{padding}" y="14" textLength="{name_width}">{name}</text>\
<text x="{state_at}" y="14" textLength="{state_width}">{state}</text></g></svg>
"""


class Badge(NamedTuple):
    """What a badge says, and the kind of state that colours it."""

    name: str
    state: str
    kind: str

    @property
    def text(self) -> str:
        return f"{self.name}: {self.state}"


class Snippet(NamedTuple):
    """What to copy into a README."""

    address: str
    text: str
    markdown: str


def of_model(ai_model: AIModel, now: datetime) -> Badge:
    """Return the badge of a model; needs retirements prefetched."""
    today = clock.utc_day(now)
    kind = status.of_model(ai_model, today).slug
    if ai_model.withdrawn_at and ai_model.withdrawn_at <= now:
        kind = "withdrawn"
    state = str(STATES[kind])
    if kind == "retiring" and (day := _next_end(ai_model, today)):
        state = _countdown(day, today)
    return Badge(ai_model.name, state, kind)


def _next_end(ai_model: AIModel, today: date) -> date | None:
    rows = ai_model.retirements.all()
    firm = (row.retires for row in rows if row.precision == Precision.DAY and row.retires)
    return min((day for day in firm if day > today), default=None)


def _countdown(day: date, today: date) -> str:
    days = (day - today).days
    if days == 1:
        return _("retires tomorrow")
    return ngettext("retires in %(days)d day", "retires in %(days)d days", days) % {"days": days}


def svg(badge: Badge) -> bytes:
    name_width, state_width = _width(badge.name), _width(badge.state)
    split = name_width + 2 * PADDING
    width = split + state_width + 2 * PADDING
    image = format_html(
        SVG,
        title=badge.text,
        name=badge.name,
        state=badge.state,
        width=width,
        height=HEIGHT,
        inner=width - 1,
        split=split,
        right=width - split - 3,
        padding=PADDING,
        name_width=name_width,
        state_width=state_width,
        state_at=split + PADDING,
        label_colour=LABEL_COLOUR,
        colour=COLOURS[badge.kind],
    )
    return image.encode()


def _width(text: str) -> int:
    """Return the width in whole pixels; characters beyond Latin count as full-width ones."""
    return round(sum(_width_of(character) for character in text))


def _width_of(character: str) -> float:
    if ord(character) > 0x24F:
        return FULL_WIDTH
    if character in NARROW:
        return NARROW_WIDTH
    return WIDE_WIDTH if character in WIDE else WIDTH


def snippet(ai_model: AIModel) -> Snippet:
    """Return the Markdown of the badge with a link; needs retirements prefetched."""
    address = reverse("badge", args=[ai_model.identifier])
    text = of_model(ai_model, timezone.now()).text
    page = f"{settings.SITE_URL}{reverse('model', args=[ai_model.identifier])}"
    alt = _("Current state of %(name)s") % {"name": ai_model.name.translate(_IN_MARKDOWN)}
    return Snippet(address, text, f"[![{alt}]({settings.SITE_URL}{address})]({page})")


_IN_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\[]*_`<"})


@require_safe
def badge(request: HttpRequest, identifier: str) -> HttpResponse:
    rows = AIModel.objects.prefetch_related("retirements")
    ai_model = get_object_or_404(rows, identifier=identifier)
    now = timezone.now()
    with translation.override(language_of(request)):
        body = svg(of_model(ai_model, now))
        return answer(request, body, "image/svg+xml", max_age=_seconds_left(now))


def _seconds_left(now: datetime) -> int:
    """Return the seconds until the UTC day ends, when the number of days changes."""
    begins = datetime.combine(clock.utc_day(now) + timedelta(days=1), time(), tzinfo=UTC)
    return int((begins - now).total_seconds())
