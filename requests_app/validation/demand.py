"""For which models people can say that they need them."""

from datetime import datetime

from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from requests_app.refusals import Invalid
from requests_app.validation import requested_models


def why_not_needed(ai_model: AIModel, *, now: datetime) -> str | None:
    """Return why nobody can say that they need the model: it serves, or can be requested."""
    params = {"ai_model": ai_model}
    if not ai_model.is_retired(now.date()):
        return (
            _("%(ai_model)s isn't retired yet. Until then, use it through its provider.") % params
        )
    try:
        available = requested_models.check_available([ai_model.identifier], [ai_model], now=now)
        requested_models.version_for(available)
    except Invalid:
        return None
    return _("%(ai_model)s can be requested. Request access instead.") % params
