"""The tables of AI models, their retirements, how to access them now, and what was promised."""

from lifecycle.catalogue.models.access_route import AccessRoute
from lifecycle.catalogue.models.ai_model import AIModel
from lifecycle.catalogue.models.alias import Alias
from lifecycle.catalogue.models.columns import CatalogueRow
from lifecycle.catalogue.models.feature_end import FeatureEnd
from lifecycle.catalogue.models.promise import Promise
from lifecycle.catalogue.models.provider import Provider
from lifecycle.catalogue.models.replacement import Replacement
from lifecycle.catalogue.models.retirement import (
    ENDING,
    DateChange,
    Precision,
    Retirement,
    ServingState,
    last_rounds,
)
from lifecycle.catalogue.models.sdk_version import SDKVersion
from lifecycle.catalogue.models.source import Source
from lifecycle.catalogue.models.weights import WeightsCustody

__all__ = [
    "ENDING",
    "AIModel",
    "AccessRoute",
    "Alias",
    "CatalogueRow",
    "DateChange",
    "FeatureEnd",
    "Precision",
    "Promise",
    "Provider",
    "Replacement",
    "Retirement",
    "SDKVersion",
    "ServingState",
    "Source",
    "WeightsCustody",
    "last_rounds",
]
