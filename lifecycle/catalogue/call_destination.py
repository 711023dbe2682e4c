"""Where calls to a model go."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from lifecycle.catalogue.models import AccessRoute, AIModel


@dataclass(frozen=True)
class Destination:
    """The base URL of calls to a model, without /v1 (empty: unknown), and its server's API."""

    ai_model: AIModel
    base_url: str
    api: str

    @property
    def is_own_gateway(self) -> bool:
        """Whether it is on the server in MODELS_URL, the only one that this site itself calls."""
        own = settings.MODELS_URL
        return bool(own) and urlsplit(own)[:2] == urlsplit(self.base_url)[:2]


def destination(ai_model: AIModel) -> Destination:
    """Return what the model's route says, or else the address of the site's gateway."""
    routes = ai_model.access_routes.all()  # in memory if the caller has fetched them
    route = next((one for one in routes if one.kind == AccessRoute.Kind.REQUEST), None)
    base_url = (route and route.base_url) or settings.MODELS_URL
    return Destination(ai_model, base_url, route.api if route else "")
