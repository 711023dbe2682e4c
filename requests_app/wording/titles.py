"""What a request is called, wherever people read about several."""

from django.utils.text import Truncator

from requests_app.models import AccessRequest, Revision

MAX_WORDS = 9
# Of a revision, besides its models: those that a list needs, as the others hold long texts.
COLUMNS = ("number", "title", "purpose", "submitted_at", "access_request")


def of_request(access_request: AccessRequest) -> str:
    """Return the title under which a request was last sent; needs revisions and models prefetched.

    The public id stands for one that was never sent.
    """
    sent = [revision for revision in access_request.revisions.all() if revision.submitted_at]
    return of_revision(sent[-1]) if sent else access_request.public_id


def of_revision(revision: Revision) -> str:
    """Return the researcher's title, or else its models and the first words of its purpose.

    Needs the models prefetched where several requests are listed.
    """
    if revision.title:
        return revision.title
    models = ", ".join(str(ai_model) for ai_model in revision.ai_models.all())
    purpose = Truncator(" ".join(revision.purpose.split())).words(MAX_WORDS)
    return f"{models}: {purpose}" if purpose else models
