"""Detect the type of an upload from its bytes; the name's extension has to match."""

import codecs
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from requests_app.files import office_documents
from requests_app.models.requests.attachment import MAX_NAME_LENGTH, FileKind
from requests_app.refusals import Invalid

HEADER_BYTES = 1024  # contain every signature
CHUNK_BYTES = 65_536
UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")  # Unicode categories that aren't text
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# What may precede a PDF's header in files that every reader opens (ISO 32000-2, annex I).
BEFORE_PDF = b"\xef\xbb\xbf \t\r\n\f\0"
# How files begin that some program would run or render, and which therefore aren't plain text.
RUN_OR_DRAWN = re.compile(
    rb"#!|\{\\rtf|%!PS|%PDF-|<(?:!doctype\s+(?:html|svg)|html|head|body|script|svg|\?xml)\b", re.I
)

NOT_THAT = gettext_lazy(
    "“%(name)s” isn't a valid file of this type: %(kind)s. Save it in that format, then "
    "attach it again."
)
NOT_UTF_8 = gettext_lazy(
    "“%(name)s” isn't UTF-8. Save it with UTF-8 encoding (“CSV UTF-8” in Excel), then attach "
    "it again."
)
NOT_ONLY_TEXT = gettext_lazy(
    "“%(name)s” contains control characters. Remove them, or attach it as a PDF."
)
HAS_MACROS = gettext_lazy(
    "“%(name)s” contains macros. Save it without them as %(kind)s, then attach it again."
)

EXTENSIONS: Mapping[str, FileKind] = {
    ".pdf": FileKind.PDF,
    ".png": FileKind.PNG,
    ".jpg": FileKind.JPEG,
    ".jpeg": FileKind.JPEG,
    ".txt": FileKind.TEXT,
    ".csv": FileKind.CSV,
    ".odt": FileKind.ODT,
    ".docx": FileKind.DOCX,
}
ACCEPTED = ", ".join(EXTENSIONS)


def clean_name(name: str) -> str:
    """Return the file name as plain text: no folder, line break or direction mark."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in UNSEEN)
    words = " ".join(seen.split()).lstrip(". ")
    path = PurePosixPath(words or "file")
    return path.stem[: MAX_NAME_LENGTH - len(path.suffix)].rstrip() + path.suffix


def kind_of(name: str, file: IO[bytes]) -> FileKind:
    """Return the type. Raises Invalid if it isn't allowed or doesn't match the name."""
    kind = EXTENSIONS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise Invalid({"file": _("You can't attach this file type. Choose one of: %s.") % ACCEPTED})
    file.seek(0)
    fault = FAULTS[kind](file)
    file.seek(0)
    if fault:
        raise Invalid({"file": fault % {"name": name, "kind": kind.label}})
    return kind


Fault = Callable[[IO[bytes]], StrOrPromise]  # returns what is wrong, or ""


def _begins_with(signature: bytes, after: bytes = b"") -> Fault:
    def fault(file: IO[bytes]) -> StrOrPromise:
        return "" if file.read(HEADER_BYTES).lstrip(after).startswith(signature) else NOT_THAT

    return fault


def _text(file: IO[bytes]) -> StrOrPromise:
    """Check for UTF-8 without control characters that nothing runs or renders."""
    head = file.read(HEADER_BYTES)
    if RUN_OR_DRAWN.match(head.removeprefix(codecs.BOM_UTF8).lstrip()) or _is_binary(head):
        return NOT_THAT
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    fault: StrOrPromise = ""
    try:
        while piece := file.read(CHUNK_BYTES):
            if CONTROL.search(decoder.decode(piece)):
                fault = NOT_ONLY_TEXT
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return NOT_UTF_8
    return fault


def _is_binary(head: bytes) -> bool:
    """Return whether it has NUL bytes, unless it begins with the mark of UTF-16."""
    return b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _office(is_that: Callable[[IO[bytes]], bool]) -> Fault:
    def fault(file: IO[bytes]) -> StrOrPromise:
        if not is_that(file):
            return NOT_THAT
        return HAS_MACROS if office_documents.has_macros(file) else ""

    return fault


FAULTS: Mapping[FileKind, Fault] = {
    FileKind.PDF: _begins_with(b"%PDF-", after=BEFORE_PDF),
    FileKind.PNG: _begins_with(b"\x89PNG\r\n\x1a\n"),  # W3C PNG, section 5.2
    FileKind.JPEG: _begins_with(b"\xff\xd8\xff"),  # ITU T.81, annex B.1.1.3: SOI, then a marker
    FileKind.TEXT: _text,
    FileKind.CSV: _text,
    FileKind.ODT: _office(office_documents.is_odt),
    FileKind.DOCX: _office(office_documents.is_docx),
}
