"""Name a key, so that its holder tells it from their others."""

from django.db import transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import Key
from requests_app.rules.permissions import check
from requests_app.transitions.locks import lock_key
from requests_app.transitions.transition import record_event
from requests_app.validation import text_limits


@transaction.atomic
def rename(key: Key, *, by: User, label: str) -> Key:
    """Call the key `label`, or nothing if that is empty. Its event doesn't repeat the name."""
    key = lock_key(key.pk)
    check("rename", key, by)
    label = text_limits.checked_label(label)
    if label != key.label:
        key.label = label
        key.save(update_fields=["label"])
        record_event(key, "key.renamed", by=by, at=timezone.now(), details={})
    return key
