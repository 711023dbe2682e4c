"""Who keeps a model's weights, for its page."""

from datetime import date
from typing import Any

from lifecycle.catalogue.models import AIModel, WeightsCustody
from requests_app.reports.promises.catalogue import is_check_overdue


def of_model(ai_model: AIModel, today: date) -> dict[str, Any]:
    rows = WeightsCustody.objects.select_related("source").filter(ai_model=ai_model)
    custody = rows.first()
    return {
        "custody": custody,
        "is_check_overdue": custody is not None and is_check_overdue(custody, today),
    }
