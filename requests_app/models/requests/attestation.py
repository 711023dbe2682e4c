"""What a requester attests before sending, word for word. A wording is added, never changed."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

ATTESTATION_TEXTS: Mapping[str, StrOrPromise] = {
    "2026-11": _(
        "What I say here is true. I may ask for this on behalf of the organisation that I named, "
        "or I ask for myself alone, and I answer for the use that is made of the access."
    ),
}
CURRENT_ATTESTATION = list(ATTESTATION_TEXTS)[-1]
