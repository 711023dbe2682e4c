"""Wordings of the statement that requesters attest; they are added, never changed."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

ATTESTATION_TEXTS: Mapping[str, StrOrPromise] = {
    "2026-11": _(
        "The information in this request is correct. I am authorised to submit it on behalf of "
        "the organisation named, or I am submitting it only for myself. I am responsible for "
        "how the access is used."
    ),
}
CURRENT_ATTESTATION = list(ATTESTATION_TEXTS)[-1]
