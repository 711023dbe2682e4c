"""Digests of texts that never change, in Python and in the database."""

import hashlib

from django.db import models
from django.db.models import CheckConstraint, F, Func, Value
from django.db.models.lookups import Exact


def digest_of(text: str) -> str:
    """Return SHA-256 of the text in UTF-8, as `sha256sum` prints it for the downloaded file."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_digest(digest: str, text: str, *, name: str) -> CheckConstraint:
    """Build a constraint: the column `digest` holds the digest of the column `text`."""
    as_bytes = Func(F(text), Value("UTF8"), function="convert_to")
    hashed = Func(
        Func(as_bytes, function="sha256"),
        Value("hex"),
        function="encode",
        output_field=models.CharField(),
    )
    return CheckConstraint(condition=Exact(F(digest), hashed), name=name)
