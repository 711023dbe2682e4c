"""Wordings of the statement that requesters attest; they are added, never changed."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

ATTESTATION_TEXTS: Mapping[str, StrOrPromise] = {
    "2026-11": _(
        "What I say here is true. I am authorised to request this for the organisation I "
        "named, or I am requesting it only for myself, and I am responsible for how the "
        "access is used."
    ),
}
CURRENT_ATTESTATION = list(ATTESTATION_TEXTS)[-1]
