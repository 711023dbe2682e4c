"""What a request is called, wherever people read about several."""

from django.utils.text import Truncator

from requests_app.models import Revision

MAX_WORDS = 9


def of_revision(revision: Revision) -> str:
    """Return its models and the first words of its purpose."""
    models = ", ".join(str(ai_model) for ai_model in revision.ai_models.all())
    purpose = Truncator(" ".join(revision.purpose.split())).words(MAX_WORDS)
    return f"{models}: {purpose}"
