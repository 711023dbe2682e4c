"""The text that is being written: the newest revision, or a copy of it once that was sent."""

from requests_app.models import AccessRequest, Revision


def editable_revision(access_request: AccessRequest) -> Revision:
    """The draft of a locked request. After a return it is a new revision that says the same."""
    revision = access_request.revision
    revision.access_request = access_request
    return revision if revision.submitted_at is None else _copied(revision)


def _copied(sent: Revision) -> Revision:
    """With all that belongs to it, so that nothing of a text is lost by writing it anew."""
    columns = {
        field.attname: getattr(sent, field.attname)
        for field in Revision._meta.concrete_fields
        if not field.primary_key
    }
    copy = Revision(**{**columns, "number": sent.number + 1, "submitted_at": None})
    copy.access_request = sent.access_request
    copy.save()
    for field in Revision._meta.many_to_many:
        getattr(copy, field.name).set(getattr(sent, field.name).all())
    copy.files.set(sent.files.all())
    return copy
