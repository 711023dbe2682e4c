"""The tables of AI models, their retirements, and how to access them now."""

from lifecycle.catalogue.models.access_route import AccessRoute
from lifecycle.catalogue.models.ai_model import AIModel
from lifecycle.catalogue.models.columns import CatalogueRow
from lifecycle.catalogue.models.provider import Provider
from lifecycle.catalogue.models.replacement import Replacement
from lifecycle.catalogue.models.retirement import DateChange, Retirement

__all__ = [
    "AIModel",
    "AccessRoute",
    "CatalogueRow",
    "DateChange",
    "Provider",
    "Replacement",
    "Retirement",
]
