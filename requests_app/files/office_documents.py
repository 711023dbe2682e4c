"""Recognise office files by their declared content types, without unpacking them."""

import struct
import zlib
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

ODT = b"application/vnd.oasis.opendocument.text"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
CONTENT_TYPES = "[Content_Types].xml"
# A directory of this size lists over 2,500 parts; parsing one of 10 MB takes seconds.
MAX_READ = 262_144  # bytes
# What reading a malformed archive may raise.
ODD = (
    BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    expat.ExpatError,
)


class _SmallReads:
    """A file for ZipFile that limits its reads: ZipFile reads the whole directory at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(MAX_READ + 1 if size < 0 else min(size, MAX_READ + 1))
        if len(piece) > MAX_READ:
            raise BadZipFile("This contains more data than a document needs.")
        return piece

    def seekable(self) -> bool:
        return True


def is_odt(file: IO[bytes]) -> bool:
    """Return whether the first part is an uncompressed ODT type (OpenDocument 1.3, part 2, 3.3)."""
    try:
        with _archive(file) as archive:
            first = archive.infolist()[0]
            if first.filename != "mimetype" or first.compress_type != ZIP_STORED:
                return False
            with archive.open(first) as part:
                return part.read(len(ODT) + 1) == ODT
    except (*ODD, IndexError):
        return False


def is_docx(file: IO[bytes]) -> bool:
    """Return whether the main document part it declares exists (ISO/IEC 29500-2, 10.1.2)."""
    try:
        with _archive(file) as archive:
            names = {name.lower() for name in archive.namelist()}
            return any(name.lower() in names for name in _main_parts(archive))
    except (*ODD, KeyError):
        return False


def has_macros(file: IO[bytes]) -> bool:
    try:
        with _archive(file) as archive:
            return any(map(_is_macro, archive.namelist()))
    except ODD:
        return False


def _archive(file: IO[bytes]) -> ZipFile:
    file.seek(0)
    return ZipFile(_SmallReads(file))


def _is_macro(part: str) -> bool:
    return part.lower().endswith("vbaproject.bin") or part.startswith(("Basic/", "Scripts/"))


def _main_parts(archive: ZipFile) -> Iterator[str]:
    found = archive.getinfo(CONTENT_TYPES)
    if found.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return
    with archive.open(found) as part:
        declared = part.read(MAX_READ + 1)
    if len(declared) > MAX_READ:
        raise BadZipFile("The content types are longer than a document needs.")
    yield from _parts_of_type(declared, DOCX)


def _parts_of_type(declared: bytes, content_type: str) -> list[str]:
    parts: list[str] = []

    def element(name: str, attributes: dict[str, str]) -> None:
        is_override = name.rpartition("}")[2] == "Override"
        if is_override and attributes.get("ContentType") == content_type:
            parts.append(attributes.get("PartName", "").removeprefix("/"))

    def doctype(*_: object) -> None:
        raise BadZipFile("A document type is not allowed here (ISO/IEC 29500-2, 8.1.4).")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = element, doctype
    parser.Parse(declared, True)
    return parts
