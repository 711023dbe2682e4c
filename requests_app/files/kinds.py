"""Tells what an upload is from its bytes. Its name only says what it has to be."""

import codecs
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import IO
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import puremagic
from django.utils.translation import gettext as _

from requests_app.models.attachment import LONGEST_NAME, FileKind
from requests_app.refusals import Invalid

HEAD = 8192  # bytes in which every signature stands
PIECE = 65_536
UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")  # Unicode categories that aren't text
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Texts that something would run or draw, and that are no plain text therefore.
RUN_OR_DRAWN = {".html", ".htm", ".xhtml", ".svg", ".xml", ".rtf", ".ps", ".eps", ".py", ".pdf"}
ODT_SAYS = b"application/vnd.oasis.opendocument.text"
DOCX_HAS = {"[Content_Types].xml", "word/document.xml"}

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


def cleaned(name: str) -> str:
    """A name that is only text: no folder, no line break, no sign that turns it round."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in UNSEEN)
    words = " ".join(seen.split()).lstrip(". ")
    path = PurePosixPath(words or "file")
    return path.stem[: LONGEST_NAME - len(path.suffix)].rstrip() + path.suffix


def kind_of(name: str, file: IO[bytes]) -> FileKind:
    """What it is. Raises Invalid when that can't be attached, or isn't what its name says."""
    kind = EXTENSIONS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise Invalid(
            {"file": _("This kind of file can't be attached. Choose one of: %s.") % ACCEPTED}
        )
    file.seek(0)
    is_so = TELLS[kind](file)
    file.seek(0)
    if not is_so:
        sentence = _("“%(name)s” isn't what its name says: %(kind)s. Save it as that, then again.")
        raise Invalid({"file": sentence % {"name": name, "kind": kind.label}})
    return kind


def _begins_as(mime: str) -> Callable[[IO[bytes]], bool]:
    def tells(file: IO[bytes]) -> bool:
        found = _found(file.read(HEAD))
        return mime in {each.mime_type for each in found if each.confidence == found[0].confidence}

    return tells


def _found(head: bytes) -> list[puremagic.PureMagicWithConfidence]:
    """Signatures in it, the surest first."""
    try:
        return puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):  # nothing known, or nothing at all
        return []


def _is_text(file: IO[bytes]) -> bool:
    """UTF-8 without control signs, and nothing that is run or drawn."""
    head = file.read(HEAD)
    drawn = {each.extension.lower() for each in _found(head.lstrip())} & RUN_OR_DRAWN
    if drawn or head.startswith(b"#!"):
        return False
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while piece := file.read(PIECE):
            if CONTROL.search(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_odt(file: IO[bytes]) -> bool:
    """Its first member says so, and isn't compressed (OpenDocument 1.3, part 2, section 3.3)."""

    def says(archive: ZipFile) -> bool:
        first = next(iter(archive.infolist()), None)
        if not first or first.filename != "mimetype" or first.compress_type != ZIP_STORED:
            return False
        with archive.open("mimetype") as said:
            return said.read(len(ODT_SAYS) + 1) == ODT_SAYS

    return _is_archive(file, says)


def _is_docx(file: IO[bytes]) -> bool:
    return _is_archive(file, lambda archive: set(archive.namelist()) >= DOCX_HAS)


def _is_archive(file: IO[bytes], says: Callable[[ZipFile], bool]) -> bool:
    """A ZIP file of which `says` holds, without macros. Nothing is unpacked."""
    try:
        with ZipFile(file) as archive:
            return says(archive) and not any(map(_is_macro, archive.namelist()))
    except (BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return False


def _is_macro(member: str) -> bool:
    return member.lower().endswith("vbaproject.bin") or member.startswith(("Basic/", "Scripts/"))


TELLS: Mapping[FileKind, Callable[[IO[bytes]], bool]] = {
    FileKind.PDF: _begins_as("application/pdf"),
    FileKind.PNG: _begins_as("image/png"),
    FileKind.JPEG: _begins_as("image/jpeg"),
    FileKind.TEXT: _is_text,
    FileKind.CSV: _is_text,
    FileKind.ODT: _is_odt,
    FileKind.DOCX: _is_docx,
}
