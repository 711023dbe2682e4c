"""A draft as a GET shows it, sent back: what can't be written has to be as it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

TEXT = "revision"  # the member that is written
READ_ONLY = _("This can't be changed here. Send what a GET shows now, or leave it out.")
NO_OBJECT = _("Send a JSON object.")


def is_read_shape(sent: Any) -> bool:
    return isinstance(sent, Mapping) and TEXT in sent


def merged(shown: Any, patch: Any) -> Any:
    """Apply a merge patch (RFC 7396): null removes a member, and lists are replaced."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(shown) if isinstance(shown, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def written(sent: Any, shown: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return the body that writes what was sent in the shape of `shown`. Raises ValidationError.

    `fields` are those of that body, which has the same names as the text that a GET shows.
    """
    if not isinstance(sent, Mapping) or not isinstance(sent.get(TEXT), Mapping):
        raise ValidationError({TEXT: [NO_OBJECT]})
    text, errors = sent[TEXT], _changed(sent, shown, but=[TEXT])
    changed = _changed(text, shown[TEXT], but=fields)
    errors |= {f"{TEXT}.{name}": sentences for name, sentences in changed.items()}
    if errors:
        raise ValidationError(errors)
    body = {name: value for name, value in text.items() if name in set(fields)}
    # Who was invited and hasn't answered is shown beside the text, and stays invited.
    waiting = [each["email"] for each in shown["invitations"] if each["state"] == "waiting"]
    if isinstance(names := body.get("collaborators"), list):
        body["collaborators"] = [*names, *(one for one in waiting if one not in names)]
    return {**body, "attests": bool(text.get("attested_at"))}


def _changed(sent: Mapping[str, Any], shown: Any, *, but: Iterable[str]) -> dict[str, list[Any]]:
    """Return a sentence for each member that isn't as it is shown."""
    rest = sent.keys() - set(but)
    return {
        name: [READ_ONLY] for name in sorted(rest) if name not in shown or sent[name] != shown[name]
    }
